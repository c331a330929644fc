"""Pre-train AudioMAE, whose features are pooled to LOA (stage ``train_audiomae``)."""

import argparse
from pathlib import Path
from typing import Any

from espnet2.utils.nested_dict_action import NestedDictAction
from espnet2.utils.types import str_or_none

from espnet2.gen_audio.feats.clip import ClipGeometry
from espnet2.gen_audio.files.array_file import read_arrays
from espnet2.gen_audio.old_names import rename_options
from espnet2.gen_audio.parts import PARTS
from espnet2.gen_audio.preprocess.clip_preprocessor import ClipPreprocessor
from espnet2.gen_audio.training.task import GenAudioTask


def read_fbank_stats(path: str | Path) -> dict[str, float]:
    """Return mean and standard deviation over all frames and bins of a statistics file.

    Args:
        path: ``fbank_stats.npz`` of ESPnet's collect-stats: count, sum, sum_square.

    Returns:
        ``mean`` and ``std``, arguments of AudioMAEFbank.

    Raises:
        ValueError: If the file contains no frames, or the variance is not positive.
    """
    stats = read_arrays(path, ("count", "sum", "sum_square"))
    total, squares = (stats[k].astype(float) for k in ("sum", "sum_square"))
    values = float(stats["count"]) * total.size
    if values == 0:
        raise ValueError(f"{path} contains no frames; collect statistics of a data set")
    mean = float(total.sum()) / values
    variance = float(squares.sum()) / values - mean**2
    if not variance > 0:
        raise ValueError(
            f"{path} gives a variance of {variance:g}; the data are silent or damaged"
        )
    return {"mean": mean, "std": variance**0.5}


class AudioMAETask(GenAudioTask):
    """Train AudioMAE to predict hidden patches of the filter banks of whole clips."""

    record = PARTS["audiomae"]
    data_names = ("audio",)

    @classmethod
    def add_part_arguments(cls, group: Any) -> None:
        """Add ``--encoder_conf``, ``--decoder_conf`` and the filter bank's options.

        Args:
            group: Argument group to add to.
        """
        for name, what in (
            ("encoder_conf", "Arguments of AudioMAEEncoder."),
            ("decoder_conf", "Arguments of AudioMAEDecoder."),
            (
                "fbank_conf",
                "Mean and std of AudioMAEFbank; default: AudioSet's.",
            ),
        ):
            group.add_argument(
                f"--{name}", action=NestedDictAction, default=dict(), help=what
            )
        group.add_argument(
            "--fbank_stats",
            type=str_or_none,
            default=None,
            help="fbank_stats.npz of collect-stats; its mean and std are stored in "
            "--fbank_conf.",
        )

    @classmethod
    def resolve(cls, args: argparse.Namespace) -> None:
        """Replace ``--fbank_stats`` by the mean and std of the file.

        Args:
            args: Options, changed in place.
        """
        rename_options(cls.record.name, args)
        if args.fbank_stats is not None:
            args.fbank_conf = {**args.fbank_conf, **read_fbank_stats(args.fbank_stats)}
            args.fbank_stats = None

    @classmethod
    def build_preprocess_fn(
        cls, args: argparse.Namespace, train: bool
    ) -> ClipPreprocessor:
        """Return the preprocessor that crops, normalises and pads clips.

        Args:
            args: Options, settled.
            train: Whether crops are random.

        Returns:
            The preprocessor.
        """
        return ClipPreprocessor(train, ClipGeometry.from_dict(args.geometry_conf))
