"""Vectors that are read a block at a time, so that memory does not grow with a set.

Measures of sets take arrays, or anything that has a shape and gives chosen rows as
arrays: rows of files, for example. They ask for ``BLOCK`` rows at once.

Shapes: N vectors, D numbers each.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

BLOCK = 1024  # rows that are in memory at once


class Vectors(Protocol):
    """Rows of numbers, in memory or elsewhere; every array of two axes is one.

    Attributes:
        shape: Number of rows and size of a row.
    """

    shape: tuple[int, ...]

    def __len__(self) -> int:
        """Return the number of rows."""
        ...

    def __getitem__(self, rows: Any) -> np.ndarray:
        """Return the rows of a slice or of an array of row numbers, (n, D)."""
        ...


@dataclass(frozen=True)
class ChosenRows:
    """Some rows of vectors, read when they are asked for.

    Args:
        vectors: All rows.
        rows: Numbers of the chosen ones, (N,); a row may be chosen more than once.
    """

    vectors: Vectors
    rows: np.ndarray

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of chosen rows and size of a row."""
        return len(self.rows), *self.vectors.shape[1:]

    def __len__(self) -> int:
        """Return the number of chosen rows."""
        return len(self.rows)

    def __getitem__(self, rows: Any) -> np.ndarray:
        """Return some of the chosen rows, by their place among them, (n, D)."""
        return self.vectors[self.rows[rows]]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        """Return all chosen rows as one array, for measures of small sets."""
        return np.asarray(self.vectors[self.rows], dtype=dtype)


def chosen(vectors: Vectors, rows: np.ndarray) -> ChosenRows:
    """Choose rows without reading them.

    Args:
        vectors: All rows.
        rows: Numbers of the chosen ones, (N,).

    Returns:
        The chosen rows, in this order.
    """
    if isinstance(vectors, ChosenRows):
        return ChosenRows(vectors.vectors, vectors.rows[rows])
    return ChosenRows(vectors, np.asarray(rows))


def blocks_of(
    vectors: Vectors, size: int = BLOCK
) -> Iterator[tuple[slice, np.ndarray]]:
    """Yield the rows in blocks.

    Args:
        vectors: Rows.
        size: Most rows of a block.

    Yields:
        Which rows a block has, and these rows in double precision, (n, D).

    Raises:
        ValueError: If a number is not finite.
    """
    for start in range(0, len(vectors), size):
        block = np.asarray(vectors[start : start + size], dtype=np.float64)
        bad = int((~np.isfinite(block)).sum())
        if bad:
            raise ValueError(
                f"the encodings hold {bad} numbers that are NaN or infinite; check "
                "the clips"
            )
        yield slice(start, start + len(block)), block


def require_alike(x: Vectors, y: Vectors, fewest: int = 2) -> None:
    """Refuse two samples that cannot be compared, before a row is read.

    Args:
        x: First sample, (N, D).
        y: Second sample, (M, D).
        fewest: Number of clips that each sample must have.

    Raises:
        ValueError: If a sample has too few vectors, or sizes differ.
    """
    if len(x.shape) != 2 or len(y.shape) != 2 or x.shape[1] != y.shape[1]:
        raise ValueError(
            f"samples of shape {x.shape} and {y.shape} must be (clips, size) with one "
            "size; use one embedding for both"
        )
    if min(len(x), len(y)) < fewest:
        raise ValueError(
            f"{len(x)} and {len(y)} clips are given; at least {fewest} are needed"
        )
