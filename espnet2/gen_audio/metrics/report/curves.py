"""Validation curves of an experiment, from ESPnet's checkpoint or its log.

The checkpoint has the averages of each epoch in full precision. If it is missing or not
safely readable, the log is read, which rounds to three decimals.
"""

import datetime
import logging
import math
import re
from dataclasses import dataclass
from pathlib import Path

import torch

from espnet2.gen_audio.files.plain_json import load_json
from espnet2.gen_audio.files.regular_file import regular
from espnet2.gen_audio.files.tensor_file import load_tensors

# The validation quantity of each part; lower is better for all.
KEY_OF_PART = {
    "audiomae": "loss",
    "vae": "mel_l1",
    "vocoder": "mel_l1",
    "loa_lm": "l1",
    "ldm": "eps_mse",
    "joint": "eps_mse",
    "ldm_student": "loss",
}
_RESULT = re.compile(r"(\d+)epoch results: (.*)")
_SECTION = re.compile(r"\[(\w+)\] (.*?)(?=, \[\w+\] |$)")
_NUMBER = re.compile(r"(\w+)=([-+0-9.eE]+|nan|inf)(?=,|$)")

Stats = dict[int, dict[str, dict[str, float]]]  # epoch -> "train" or "valid" -> key


@dataclass(frozen=True)
class Curve:
    """One quantity of one part over the epochs.

    Args:
        part: Name of the part.
        key: Name of the quantity.
        epochs: Epochs with a validation value.
        valid: Validation value of each epoch.
        train: Training value of each epoch; None if there is none.
        others: Further validation quantities whose name starts like ``key``.
        before: Validation value before the first step; None if it was not recorded.
        linear: The value of principal components, without training (``linear_<key>``);
            None for parts that are not compared with them.
    """

    part: str
    key: str
    epochs: list[int]
    valid: list[float]
    train: list[float | None]
    others: dict[str, list[float | None]]
    before: float | None = None
    linear: float | None = None

    def to_dict(self) -> dict[str, object]:
        """Return the curve with its first and best value and their ratio."""
        best = min(self.valid)
        return {
            "part": self.part,
            "key": self.key,
            "before": self.before,
            "linear": self.linear,
            "first": self.valid[0],
            "best": best,
            "best_epoch": self.epochs[self.valid.index(best)],
            "ratio": best / self.valid[0] if self.valid[0] else None,
            "epochs": self.epochs,
            "valid": self.valid,
            "train": self.train,
            "others": self.others,
        }


def read_curve(part: str, folder: Path, key: str | None = None) -> Curve:
    """Read the curve of one part.

    Args:
        part: Name of the part; it determines the quantity if ``key`` is None.
        folder: Its experiment folder.
        key: Name of a validation quantity.

    Returns:
        The curve.

    Raises:
        ValueError: If the part is unknown and no key given, there is no record of
            training, the quantity is not in it, or a value is not finite.
    """
    key = key or KEY_OF_PART.get(part)
    if key is None:
        raise ValueError(
            f"part {part!r} has no quantity of its own; write {part}:KEY=FOLDER or use "
            + ", ".join(KEY_OF_PART)
        )
    stats = read_stats(folder)
    epochs = [e for e in sorted(stats) if key in stats[e].get("valid", {})]
    if not epochs:
        found = {k for e in stats.values() for k in e.get("valid", {})}
        raise ValueError(
            f"{folder} has no validation quantity {key!r}; name one that it has: "
            + ", ".join(sorted(found))
        )
    valid = _column(stats, epochs, "valid", key)
    if None in valid:
        epoch = epochs[valid.index(None)]
        raise ValueError(
            f"{folder}: {key} of epoch {epoch} is not finite; train it again"
        )
    others = _columns_like(stats, epochs, key)
    train = _column(stats, epochs, "train", key)
    before = read_before(folder).get(key)
    linear = _column(stats, epochs, "valid", f"linear_{key}")[-1]
    return Curve(part, key, epochs, valid, train, others, before, linear)


def _columns_like(
    stats: Stats, epochs: list[int], key: str
) -> dict[str, list[float | None]]:
    """Return the validation quantities whose names start like ``key``."""
    names = sorted({k for e in epochs for k in stats[e]["valid"]} - {key})
    kept = [name for name in names if name.startswith(f"{key}_")]
    return {name: _column(stats, epochs, "valid", name) for name in kept}


def _column(
    stats: Stats, epochs: list[int], mode: str, name: str
) -> list[float | None]:
    """Return one quantity of some epochs; None if it is absent or not finite."""
    values = [stats[epoch].get(mode, {}).get(name) for epoch in epochs]
    return [v if v is not None and math.isfinite(v) else None for v in values]


def read_before(folder: Path) -> dict[str, float]:
    """Return the validation values before the first step, by name.

    Args:
        folder: Experiment folder.

    Returns:
        Contents of ``before_training.json``; empty if the trainer did not write it.
    """
    path = folder / "before_training.json"
    return load_json(regular(path).read_text(encoding="utf-8")) if path.exists() else {}


def curve_of(text: str) -> Curve:
    """Read the curve of an argument ``part=folder`` or ``part:quantity=folder``.

    Args:
        text: The argument of a command line.

    Returns:
        The curve.

    Raises:
        ValueError: If the text has another form.
    """
    part, equals, folder = text.partition("=")
    if not (part and equals and folder):
        raise ValueError(
            f"--experiments {text!r} is not part=folder or part:quantity=folder; name "
            "the part and its experiment"
        )
    part, _, key = part.partition(":")
    return read_curve(part, Path(folder), key or None)


def read_stats(folder: Path) -> Stats:
    """Read the averages of every epoch.

    Args:
        folder: Experiment folder of ESPnet's trainer.

    Returns:
        Numbers by epoch, ``train`` or ``valid``, and name.

    Raises:
        ValueError: If the folder holds neither a checkpoint nor a log with results.
    """
    checkpoint = folder / "checkpoint.pth"
    if checkpoint.exists():
        try:
            # the reporter stores the duration of an epoch; unpickling a duration is
            # safe
            with torch.serialization.safe_globals([datetime.timedelta]):
                saved = load_tensors(checkpoint)["reporter"]["stats"]
            return {int(epoch): _numbers(modes) for epoch, modes in saved.items()}
        except (ValueError, KeyError, TypeError) as error:
            logging.warning("%s: curves are read from the log (%s)", folder, error)
    log = folder / "train.log"
    stats = {}
    if log.exists():
        stats = parse_log(regular(log).read_text(encoding="utf-8", errors="replace"))
    if not stats:
        raise ValueError(
            f"{folder} holds no checkpoint.pth and no train.log with results of an "
            "epoch; train this part first"
        )
    return stats


def parse_log(text: str) -> Stats:
    """Read the lines '<n>epoch results: [train] a=1, ..., [valid] ...' of a log.

    Args:
        text: The log; if an epoch occurs twice, the later one is used.

    Returns:
        Numbers by epoch, ``train`` or ``valid``, and name.
    """
    stats: Stats = {}
    for match in _RESULT.finditer(text):
        modes = {}
        for section in _SECTION.finditer(match.group(2)):
            numbers = _NUMBER.findall(section.group(2))
            modes[section.group(1)] = {name: float(value) for name, value in numbers}
        stats[int(match.group(1))] = modes
    return stats


def _numbers(modes: dict) -> dict[str, dict[str, float]]:
    return {
        mode: {
            str(k): float(v)
            for k, v in values.items()
            if isinstance(v, (int, float)) or hasattr(v, "item")
        }
        for mode, values in modes.items()
    }
