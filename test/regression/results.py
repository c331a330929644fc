"""What one commit makes, by name: kept in a folder, and compared with another's.

``losses.json`` and ``summaries.json`` are for reading as well, ``*.npz.xz`` for
comparing; the reference in the repository has no weights but their summaries.
"""

import io
import json
import lzma
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path

import numpy as np

Table = dict[str, np.ndarray]
FLOOR = 1e-3  # losses below it count as it


@dataclass
class Results:
    """Tables of numbers.

    Attributes:
        losses: A number for each step, by 'training/phase/name'.
        summaries: Norm and projection of the trained weights, by training.
        weights: The weights themselves, by 'training/tensor'.
        arrays: Dumped features, predicted LOA, float32 samples.
        sounds: 16-bit samples.
    """

    losses: Table = field(default_factory=dict)
    summaries: Table = field(default_factory=dict)
    weights: Table = field(default_factory=dict)
    arrays: Table = field(default_factory=dict)
    sounds: Table = field(default_factory=dict)

    def save(self, folder: Path) -> None:
        """Write a file for each table that is not empty.

        Args:
            folder: Folder, made if need be.
        """
        folder.mkdir(parents=True, exist_ok=True)
        for name, table in self.tables():
            if table and name in ("losses", "summaries"):
                rows = {key: values.tolist() for key, values in sorted(table.items())}
                lines = ",\n".join(f'"{k}": {json.dumps(v)}' for k, v in rows.items())
                (folder / f"{name}.json").write_text(f"{{\n{lines}\n}}\n")
            elif table:  # sounds that are alike take little beside one another
                with lzma.open(folder / f"{name}.npz.xz", "wb") as file:
                    np.savez(file, **table)

    @classmethod
    def load(cls, folder: Path) -> "Results":
        """Read what ``save`` wrote.

        Args:
            folder: The folder.

        Returns:
            The results.

        Raises:
            FileNotFoundError: If there is none.
        """
        tables = {}
        for path in sorted(folder.glob("*.json")):
            rows = json.loads(path.read_text())
            tables[path.stem] = {name: np.array(row) for name, row in rows.items()}
        for path in sorted(folder.glob("*.npz.xz")):
            content = io.BytesIO(lzma.decompress(path.read_bytes()))
            with np.load(content, allow_pickle=False) as stored:
                tables[path.name.partition(".")[0]] = dict(stored)
        if not tables:
            raise FileNotFoundError(f"{folder} holds no results; store.py makes them")
        return cls(**tables)

    def tables(self) -> list[tuple[str, Table]]:
        """Return all tables with their names."""
        return [(each.name, getattr(self, each.name)) for each in fields(self)]


def summary_of(weights: Mapping[str, np.ndarray]) -> np.ndarray:
    """Return two numbers that change with any weight.

    Args:
        weights: Weights of one training by name.

    Returns:
        Their norm, and the sum of them all under fixed random signs.
    """
    square = projection = 0.0
    for name, weight in weights.items():
        values = weight.astype(np.float64).ravel()
        random = np.random.RandomState(zlib.crc32(name.encode()))
        square += float(values @ values)
        projection += float(values @ random.choice((-1.0, 1.0), len(values)))
    return np.array([square**0.5, projection])


@dataclass(frozen=True)
class Tolerance:
    """How far results may be apart; 0: equal to the bit.

    Attributes:
        numbers: Losses and weights: relative to a loss, to the norm of a model's
            weights, to the largest weight of a tensor.
        sounds: Samples, LOA and dumped features: relative to the peak.
    """

    numbers: float
    sounds: float


STRICT = Tolerance(numbers=1e-6, sounds=0.0)  # two commits on one machine
STORED = Tolerance(numbers=1e-4, sounds=1e-4)  # the stored reference on any machine


def differences(a: Results, b: Results, tolerance: Tolerance) -> Iterator[str]:
    """Compare the tables that both have.

    Args:
        a: One commit's results.
        b: Another's.
        tolerance: How far they may be apart.

    Yields:
        A line for every entry that differs: which, the first place, both values there,
        and how far apart the entry is at most.
    """
    for (kind, first), (_, second) in zip(a.tables(), b.tables()):
        if not first or not second:
            continue  # the stored reference has no weights
        for name in sorted(first.keys() | second.keys()):
            entry = f"{kind}: {name}"
            if name not in first or name not in second:
                yield f"{entry}: only in the {'first' if name in first else 'second'}"
            else:
                yield from _apart(entry, kind, (first[name], second[name]), tolerance)


def _apart(
    entry: str, kind: str, pair: tuple[np.ndarray, np.ndarray], tolerance: Tolerance
) -> Iterator[str]:
    """Yield a line if two arrays differ by more than the tolerance."""
    if pair[0].shape != pair[1].shape or pair[0].dtype != pair[1].dtype:
        forms = [f"{each.dtype} {each.shape}" for each in pair]
        yield f"{entry}: {forms[0]} and {forms[1]}"
        return
    one, other = (each.astype(np.float64) for each in pair)
    apart, scale = np.abs(one - other), _scale_of(kind, one, other)
    sampled = kind in ("arrays", "sounds")
    allowed = scale * (tolerance.sounds if sampled else tolerance.numbers)
    if kind == "sounds" and tolerance.sounds > 0.0:
        allowed = np.maximum(allowed, 1.0)  # rounding to 16 bits falls either way
    bad = ~(apart <= allowed)  # true for numbers that are not finite
    if bad.any():
        place = tuple(int(index) for index in np.argwhere(bad)[0])
        most = float((apart / np.maximum(scale, 1e-30)).max())
        yield (
            f"{entry}: at {list(place)} {pair[0][place]!s} and {pair[1][place]!s}; "
            f"{int(bad.sum())} of {bad.size} differ, by {most:.2g} at most"
        )


def _scale_of(kind: str, one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Return what a difference is relative to, for each number."""
    size = np.maximum(np.abs(one), np.abs(other))
    if kind == "losses":
        return np.maximum(size, FLOOR)
    if kind == "summaries":  # a projection may be near 0, the norm beside it is not
        return np.full_like(one, size[0])
    return np.full_like(one, size.max(initial=0.0))
