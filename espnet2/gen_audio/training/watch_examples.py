"""Sounds and mel pictures of fixed validation clips, for TensorBoard and W&B.

ESPnet's loop hands nothing of a task's own to the methods of its trainer, so a watch is
found by the context of the running process. Nothing that is drawn here changes what is
trained: generation has random generators of its own.

Shapes: N mel frames, M mel bands, S samples.
"""

import argparse
import contextlib
import logging
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import numpy as np
import torch
from espnet2.torch_utils.device_funcs import to_device
from espnet2.utils.types import str_or_none

from espnet2.gen_audio.checkpoint.experiment import load_experiment
from espnet2.gen_audio.pipeline.load.experiments import load_vocoder
from espnet2.gen_audio.ranks import own_rank
from espnet2.gen_audio.training.examples import Examples, examples_of

_WATCH: ContextVar["Watch | None"] = ContextVar("watch", default=None)


def add_watch_arguments(group: Any) -> None:
    """Add ``--watch_clips``, ``--watch_vae`` and ``--watch_vocoder``.

    Args:
        group: Group of options of a task's parser.
    """
    group.add_argument(
        "--watch_clips",
        type=int,
        default=0,
        help="Validation clips of which TensorBoard, and W&B if it is used, get a "
        "sound and a mel picture after every epoch; 0: none.",
    )
    group.add_argument(
        "--watch_vae",
        type=str_or_none,
        default=None,
        metavar="FOLDER",
        help="Experiment of the autoencoder that decodes what a diffusion model "
        "generates; without it, --watch_clips has no effect on that model.",
    )
    group.add_argument(
        "--watch_vocoder",
        default="griffin_lim",
        metavar="FOLDER",
        help="Experiment of the vocoder that makes sounds of mel spectrograms, or "
        "griffin_lim.",
    )


@contextlib.contextmanager
def watching(args: argparse.Namespace) -> Iterator[None]:
    """Within the block a training shows what its options say.

    The options are taken out of the config: a model is built again without them.

    Args:
        args: Options, changed in place.

    Yields:
        Nothing.

    Raises:
        ValueError: If ``--watch_vae`` is no experiment.
    """
    clips, vae = getattr(args, "watch_clips", 0), getattr(args, "watch_vae", None)
    vocoder = getattr(args, "watch_vocoder", "griffin_lim")
    if vae is not None and not (Path(vae) / "config.yaml").is_file():
        raise ValueError(
            f"--watch_vae {vae} has no config.yaml; give the folder of a trained "
            "autoencoder, or leave it out"
        )
    args.watch_clips, args.watch_vae = 0, None
    args.watch_vocoder = "griffin_lim"
    token = _WATCH.set(Watch(clips, vae, vocoder) if clips > 0 else None)
    try:
        yield
    finally:
        _WATCH.reset(token)


def take_clips(valid_iter_factory: Any) -> None:
    """Keep the first clips of the validation set, in the first process.

    Args:
        valid_iter_factory: Makes the batches of validation.
    """
    watch = _WATCH.get()
    if watch is not None and own_rank() == 0:
        watch.take(valid_iter_factory)


def show_examples(
    model: torch.nn.Module, writer: Any, use_wandb: bool, epoch: int
) -> None:
    """Show what a model makes of the kept clips, in the first process.

    Args:
        model: The ESPnet model, with the weights to show.
        writer: TensorBoard's writer of the training, None if it is not used.
        use_wandb: Whether W&B gets them too.
        epoch: The epoch that ended.
    """
    watch = _WATCH.get()
    if watch is not None and own_rank() == 0 and (writer is not None or use_wandb):
        watch.show(model, writer, use_wandb, epoch)


class Watch:
    """Fixed clips, and what makes sounds of them.

    Args:
        clips: How many.
        vae: Folder of the autoencoder, if there is one.
        vocoder: Folder of the vocoder, or the name of one without training.
    """

    def __init__(self, clips: int, vae: str | None, vocoder: str):
        self.clips, self.vae_folder, self.vocoder_folder = clips, vae, vocoder
        self.ids: list[str] = []
        self.batch: Mapping[str, Any] = {}
        self.said = False
        self._vae: torch.nn.Module | None = None
        self._vocoder: torch.nn.Module | None = None

    def take(self, valid_iter_factory: Any) -> None:
        """Keep the first clips of the first batch of validation.

        Args:
            valid_iter_factory: Makes the batches of validation.
        """
        ids, batch = next(iter(valid_iter_factory.build_iter(1)))
        self.ids = list(ids[: self.clips])
        self.batch = {name: values[: self.clips] for name, values in batch.items()}

    @torch.no_grad()
    def show(
        self, model: torch.nn.Module, writer: Any, use_wandb: bool, epoch: int
    ) -> None:
        """Write sounds and pictures.

        Args:
            model: The ESPnet model.
            writer: TensorBoard's writer or None.
            use_wandb: Whether W&B gets them too.
            epoch: The epoch that ended.
        """
        training = model.training
        model.eval()
        device = next(model.parameters()).device
        batch = to_device(dict(self.batch), device)
        decode = None if self.vae_folder is None else self._decode
        made = examples_of(model, batch, self.ids, decode)
        model.train(training)
        if made is None:
            if not self.said:
                logging.info(
                    "watch_clips %d shows nothing: this model makes no mel "
                    "spectrogram (--watch_vae FOLDER decodes latents)",
                    self.clips,
                )
            self.said = True
            return
        self._write(self._with_audio(made, model), writer, use_wandb, epoch, model)

    def _decode(self, latents: torch.Tensor) -> torch.Tensor:
        """Return the log mel spectrograms of latents, (B, C, T', F')."""
        if self._vae is None:
            with torch.random.fork_rng(devices=[]):  # building draws initial weights
                self._vae = load_experiment(Path(self.vae_folder), parts=("vae",))
        vae = self._vae.to(latents.device).vae
        return vae.decode(latents.to(vae.last_weight.dtype))

    def _with_audio(self, made: Examples, model: torch.nn.Module) -> Examples:
        """Return the examples with waveforms, by the vocoder where they have none."""
        if made.audio is not None:
            return made
        if self._vocoder is None:
            with torch.random.fork_rng(devices=[]):
                self._vocoder = load_vocoder(self.vocoder_folder, model)
        vocoder = self._vocoder.to(made.mel.device)
        return Examples(made.mel, vocoder(made.mel.float()), made.recorded)

    def _write(
        self,
        made: Examples,
        writer: Any,
        use_wandb: bool,
        epoch: int,
        model: torch.nn.Module,
    ) -> None:
        rate = model.geometry.sample_rate
        logged: dict[str, Any] = {}
        for number, utt_id in enumerate(self.ids):
            sound = made.audio[number].float().cpu().clamp(-1.0, 1.0)
            mels = [made.mel[number]]
            if made.recorded is not None:
                mels.insert(
                    0, made.recorded[number]
                )  # the recording is shown beside the generated mel
            image = picture_of([mel.float().cpu().numpy() for mel in mels])
            if writer is not None:
                writer.add_audio(f"sound/{utt_id}", sound[None], epoch, rate)
                writer.add_image(f"mel/{utt_id}", image, epoch, dataformats="HWC")
            if use_wandb:
                import wandb

                logged[f"sound/{utt_id}"] = wandb.Audio(sound.numpy(), rate)
                logged[f"mel/{utt_id}"] = wandb.Image(image)
        if logged:
            import wandb

            wandb.log(logged)


def picture_of(mels: list[np.ndarray]) -> np.ndarray:
    """Return log mel spectrograms as one picture, side by side, low bands below.

    Args:
        mels: (N, M) each, of equal M; the range of the first is that of the colours.

    Returns:
        Red, green and blue from 0 to 255, (M, width, 3).
    """
    import matplotlib

    low, high = float(mels[0].min()), float(mels[0].max())
    scaled = [(mel.T[::-1] - low) / max(high - low, 1e-6) for mel in mels]
    gap = np.ones((scaled[0].shape[0], 2))
    parts = [part for each in scaled for part in (each.clip(0.0, 1.0), gap)][:-1]
    colours = matplotlib.colormaps["magma"](np.concatenate(parts, axis=1))
    return (255 * colours[..., :3]).astype(np.uint8)
