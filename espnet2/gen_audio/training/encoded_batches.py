"""Latents and LOA computed during a training, in place of dumps.

The loader gives sounds; frozen networks, which are no part of the trained model or of
its checkpoints, turn each batch into the streams that a dump would hold. At every visit
of a recording longer than a clip another part of it is taken. It saves disk and costs
the time of the encoders in every step.
"""

import argparse
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import numpy as np
import torch
from espnet2.iterators.abs_iter_factory import AbsIterFactory
from espnet2.train.dataset import AbsDataset
from espnet2.utils.nested_dict_action import NestedDictAction

from espnet2.gen_audio.checkpoint.experiment import load_experiment
from espnet2.gen_audio.feats.clip import ClipGeometry
from espnet2.gen_audio.preprocess.clip_preprocessor import ClipPreprocessor
from espnet2.gen_audio.vae.posterior import posterior_to_frames

AUDIO = "audio"
_OF_AUDIO = (AUDIO, f"{AUDIO}_lengths")  # what the streams replace
STREAMS = {"latent": "vae", "loa": "audiomae"}  # the part that makes each stream
Encoder = Callable[[torch.Tensor], torch.Tensor]


def add_encoding_argument(group: Any) -> None:
    """Add ``--encode_audio``.

    Args:
        group: Argument group to add to.
    """
    group.add_argument(
        "--encode_audio",
        action=NestedDictAction,
        default={},
        help="Streams that frozen networks compute from training data named audio, and "
        "their experiments: latent=exp/vae_x, loa=exp/audiomae_y. Default: dumped.",
    )


def is_encoded(args: argparse.Namespace, names: Mapping[str, Any] | set[str]) -> bool:
    """Return whether some data are encoded during the training.

    Args:
        args: Options.
        names: Names of the data.

    Returns:
        Whether ``--encode_audio`` is given and there are sounds.
    """
    return bool(getattr(args, "encode_audio", None)) and AUDIO in names


def encoders_of(args: argparse.Namespace, device: str) -> dict[str, Encoder]:
    """Load the networks that make streams of sounds.

    Args:
        args: Options, settled.
        device: Where the networks compute.

    Returns:
        Functions by stream, from audio (B, S) to features (B, L, D).

    Raises:
        ValueError: If a stream is unknown, or a network has another geometry.
    """
    geometry, made = ClipGeometry.from_dict(args.geometry_conf), {}
    for name, folder in args.encode_audio.items():
        if name not in STREAMS:
            raise ValueError(
                f"--encode_audio {name}={folder}: {name} is unknown; give "
                f"{', '.join(STREAMS)}"
            )
        model = load_experiment(folder, parts=(STREAMS[name],)).to(device)
        if model.geometry != geometry:
            raise ValueError(
                f"--encode_audio {name}={folder} is of another geometry than this "
                "training; give an experiment of the same --geometry"
            )
        made[name] = _encoder(name, model)
    return made


def _encoder(name: str, model: torch.nn.Module) -> Encoder:
    """Return the function of a network; the same as in stages 8 and 9."""
    if name == "loa":
        return model.patch_features
    return lambda audio: posterior_to_frames(*model.vae.encode(model.log_mel(audio)))


class ClipAndText:
    """Cut the sound of an example to a clip, then prepare its text.

    Args:
        clip: Preprocessor of sounds.
        text: Preprocessor of text; None without text.
        streams: Names of the streams that will be made of the clip.
    """

    def __init__(
        self,
        clip: ClipPreprocessor,
        text: Callable[..., Any] | None,
        streams: Iterable[str] = (),
    ):
        self.clip, self.text, self.streams = clip, text, tuple(streams)

    def __call__(self, uid: str, data: dict[str, Any]) -> dict[str, Any]:
        """Return the prepared example.

        Args:
            uid: Id of the clip.
            data: The example.

        Returns:
            Arrays by name.
        """
        data = self.clip(uid, data)
        return data if self.text is None else self.text(uid, data)


class EncodedBatches(AbsIterFactory):
    """A factory of iterators whose batches hold features in place of sounds.

    Args:
        factory: ESPnet's factory.
        encoders: Functions by stream, see ``encoders_of``.
        device: Where the encoders compute.
    """

    def __init__(
        self, factory: AbsIterFactory, encoders: Mapping[str, Encoder], device: str
    ):
        self.factory, self.encoders, self.device = factory, encoders, device

    def build_iter(self, epoch: int, shuffle: bool | None = None) -> "EncodedLoader":
        """Return the batches of an epoch.

        Args:
            epoch: Number of the epoch.
            shuffle: As in ESPnet's factory.

        Returns:
            The batches.
        """
        loader = self.factory.build_iter(epoch, shuffle)
        return EncodedLoader(loader, self.encoders, self.device)


class EncodedLoader:
    """Batches of a loader, with features in place of sounds.

    Args:
        loader: Batches with ``audio``, (B, S).
        encoders: Functions by stream.
        device: Where the encoders compute.
    """

    def __init__(self, loader: Any, encoders: Mapping[str, Encoder], device: str):
        self.loader, self.encoders, self.device = loader, encoders, device

    def __len__(self) -> int:
        """Return the number of batches."""
        return len(self.loader)

    def __iter__(self) -> Iterator[tuple[list[str], dict[str, torch.Tensor]]]:
        """Yield ids and batches."""
        for ids, batch in self.loader:
            kept = {k: v for k, v in batch.items() if k not in _OF_AUDIO}
            yield ids, kept | self._encoded(batch[AUDIO])

    @torch.no_grad()
    def _encoded(self, audio: torch.Tensor) -> dict[str, torch.Tensor]:
        """Return the streams of a batch, with their lengths."""
        made: dict[str, torch.Tensor] = {}
        for name, encode in self.encoders.items():
            features = encode(audio.to(self.device, torch.float32)).to(audio.dtype)
            made[name] = features
            lengths = np.full(len(features), features.shape[1])
            made[f"{name}_lengths"] = torch.from_numpy(lengths)
        return made


class ProvidedNames(AbsDataset):
    """A dataset whose sounds count as the streams that are made of them.

    Args:
        dataset: ESPnet's dataset.
        streams: Names of these streams.
    """

    def __init__(self, dataset: Any, streams: Iterable[str]):
        self._dataset = dataset
        self._names = {*dataset.names()} - {AUDIO} | {*streams}

    def has_name(self, name: str) -> bool:
        """Return whether there is such a stream."""
        return name in self._names

    def names(self) -> tuple[str, ...]:
        """Return all names."""
        return tuple(sorted(self._names))

    def __getitem__(self, uid: str) -> Any:
        """Return an example of the dataset, as it is on the disk."""
        return self._dataset[uid]
