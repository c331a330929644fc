"""A training step of the diffusion model: from dumped features, or with all encoders.

The authors' training program holds the frozen VAE, AudioMAE and text encoders beside
the U-Net and runs them in every step. The second step here does so, re-implemented with
our networks and random weights; the first reads what stages 8 to 10 dump. Both take the
same step of the same U-Net. Seconds are CPU seconds of this process, all threads, which
other work on the machine changes little; the wait for the loader is in wall time.
"""

import logging
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from espnet2.gen_audio.audiomae.build import build_audiomae
from espnet2.gen_audio.bench.random_models import Size
from espnet2.gen_audio.compat import MatrixWriter
from espnet2.gen_audio.diffusion.build import build_ldm
from espnet2.gen_audio.diffusion.espnet_model import ESPnetLatentDiffusionModel
from espnet2.gen_audio.kaldi.listed_data import listed_data
from espnet2.gen_audio.vae.build import build_vae
from espnet2.gen_audio.vae.posterior import posterior_to_frames

CAPTION_TOKENS = 16
Batch = dict[str, torch.Tensor]
Encoder = Callable[[], Batch]


@dataclass(frozen=True)
class TrainingStep:
    """What a step costs.

    Attributes:
        batch: Clips of a step.
        rounds: Number of steps of each kind.
        dumped_s: Median CPU seconds of a step from dumped features.
        held_s: Median CPU seconds of a step with all encoders.
        ratio: ``held_s / dumped_s``: how much faster dumped features are.
        shares: Part of ``held_s`` that each encoder takes, by name.
        wait: Largest part of a step from dumped features, in wall time, that it waits
            for the loader, without the first step.
    """

    batch: int
    rounds: int
    dumped_s: float
    held_s: float
    ratio: float
    shares: Mapping[str, float]
    wait: float

    def to_dict(self) -> dict[str, Any]:
        """Return plain values."""
        return asdict(self)

    def lines(self) -> list[str]:
        """Return lines for a reader."""
        first = f"{self.dumped_s:.2f} s of CPU from dumped features"
        lines = [
            f"training step, batch {self.batch}: {first}, {self.held_s:.2f} s with all "
            f"encoders: {self.ratio:.2f} times as long",
            f"waiting for the loader: at most {100 * self.wait:.2f} % of a step",
        ]
        for name, share in self.shares.items():
            lines.append(f"  {name:<10} {100 * share:5.1f} % of the step with encoders")
        return lines


def measure_training(size: Size, batch: int = 2, rounds: int = 3) -> TrainingStep:
    """Measure both steps in turn, after one step of each.

    Args:
        size: Widths of the networks.
        batch: Clips of a step.
        rounds: Number of steps that are measured.

    Returns:
        Medians.
    """
    torch.manual_seed(0)
    model = _unet(size)
    optimiser = torch.optim.AdamW(model.unet.parameters(), lr=1e-4)
    encoders = _encoders(size, batch)

    def step(data: Mapping[str, Any]) -> None:
        """Train on one batch."""
        loss, _, _ = model(**data)
        loss.backward()
        optimiser.step()
        optimiser.zero_grad()

    with tempfile.TemporaryDirectory() as folder:
        batches = _dumped(size, Path(folder), batch, rounds + 1)
        dumped, held, waits = [], [], []
        parts: dict[str, list[float]] = {name: [] for name in encoders}
        for number in range(rounds + 1):
            used, waited = _timed_step(batches, step)
            dumped.append(used)
            waits.append(waited)
            start, data = time.process_time(), {}
            for name, encode in encoders.items():
                begun = time.process_time()
                data |= encode()
                parts[name].append(time.process_time() - begun)
            step({name: data[name] for name in data if name != "sentence"})
            held.append(time.process_time() - start)
            logging.info("round %d of %d", number, rounds)
    middle = {name: float(np.median(times[1:])) for name, times in parts.items()}
    ours, theirs = float(np.median(dumped[1:])), float(np.median(held[1:]))
    return TrainingStep(
        batch=batch,
        rounds=rounds,
        dumped_s=ours,
        held_s=theirs,
        ratio=theirs / ours,
        shares={name: seconds / theirs for name, seconds in middle.items()},
        wait=max(waits[1:]),
    )


def _timed_step(
    batches: Iterator[tuple[list[str], Batch]],
    step: Callable[[Mapping[str, Any]], None],
) -> tuple[float, float]:
    """Take a step from a loader; return CPU seconds, and the part that it waited."""
    used, start = time.process_time(), time.monotonic()
    _, data = next(batches)
    waited = time.monotonic() - start
    step(data)
    return time.process_time() - used, waited / (time.monotonic() - start)


def _unet(size: Size) -> ESPnetLatentDiffusionModel:
    """Return the published diffusion model, conditioned on LOA and token states."""
    model = build_ldm(
        {
            "geometry_conf": size.geometry.to_dict(),
            "unet_conf": {
                "channels": list(size.unet),
                "layers_per_block": 2,
                "loa_dim": size.loa,
                "tokens_dim": size.t5["d_model"],
                "head_dim": 32,
            },
            # with other factors, steps would differ in length by chance
            "conditions_conf": {"loa_factor": 8, "loa_factors": [8]},
            "model_conf": {"ema_decay": None},
        }
    )
    model.conditions.set_null("tokens", torch.zeros(1, size.t5["d_model"]))
    return model.train()


def _encoders(size: Size, batch: int) -> dict[str, Encoder]:
    """Return the frozen encoders, each with its input: sounds or captions."""
    import transformers

    geometry = size.geometry.to_dict()
    deep = max(size.gpt2, 3)  # 12, as GPT-2 at full size; features need three layers
    heads = max(size.loa // 64, 1)
    vae = build_vae(
        {"geometry_conf": geometry, "vae_conf": {"block_out_channels": list(size.vae)}}
    )
    mae = build_audiomae(
        {
            "geometry_conf": geometry,
            "encoder_conf": {"width": size.loa, "layers": deep, "heads": heads},
            # not used for features
            "decoder_conf": {"kind": "global", "width": 32, "layers": 1, "heads": 1},
        }
    )
    t5 = transformers.T5EncoderModel(transformers.T5Config(**size.t5))
    text, _, width = size.clap
    clap = transformers.ClapTextModelWithProjection(
        transformers.ClapTextConfig(**text, projection_dim=width)
    )
    for network in (vae, mae, t5, clap):
        network.eval().requires_grad_(False)
    audio = 0.1 * torch.randn(batch, size.geometry.samples)
    words = torch.randint(2, 100, (batch, CAPTION_TOKENS))
    return {
        "VAE": lambda: _stream(
            "latent", posterior_to_frames(*vae.vae.encode(vae.log_mel(audio)))
        ),
        "AudioMAE": lambda: _stream("loa", mae.patch_features(audio)),
        "FLAN-T5": lambda: _stream("tokens", t5(words).last_hidden_state),
        "CLAP": lambda: {"sentence": clap(words).text_embeds},
    }


def _stream(name: str, values: torch.Tensor) -> Batch:
    """Return a stream of a batch with its lengths."""
    return {
        name: values,
        f"{name}_lengths": torch.full((len(values),), values.shape[1]),
    }


def _dumped(
    size: Size, folder: Path, batch: int, steps: int
) -> Iterator[tuple[list[str], Batch]]:
    """Write dumps of random numbers; return the batches of ESPnet's loader."""
    from espnet2.train.collate_fn import CommonCollateFn
    from espnet2.train.dataset import ESPnetDataset

    geometry, random = size.geometry, np.random.RandomState(0)
    columns = 2 * geometry.latent_channels * geometry.latent_bins
    shapes = {
        "latent": (geometry.latent_frames, columns),
        "loa": (geometry.num_patches, size.loa),
        "tokens": (CAPTION_TOKENS, size.t5["d_model"]),
    }
    ids = [str(number) for number in range(batch * steps)]
    for name, shape in shapes.items():
        with MatrixWriter(folder / f"{name}.ark", folder / f"{name}.scp") as writer:
            for clip in ids:
                writer[clip] = 0.1 * random.randn(*shape)
    data = [(str(folder / f"{name}.scp"), name, "kaldi_ark") for name in shapes]
    loader = torch.utils.data.DataLoader(
        ESPnetDataset(listed_data(data)),
        batch_sampler=[ids[n : n + batch] for n in range(0, len(ids), batch)],
        num_workers=1,
        collate_fn=CommonCollateFn(0.0, 0),
    )
    return iter(loader)
