"""Samples of embeddings: one row per clip; several clips may belong to one recording.

Shapes: N and M clips, D features.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Sample:
    """Vectors, and the group that each belongs to.

    Args:
        vectors: One vector per clip, (N, D).
        groups: Recording or caption of each clip, (N,).
    """

    vectors: np.ndarray
    groups: Sequence[str]


def checked_pair(
    x: np.ndarray, y: np.ndarray, fewest: int = 2
) -> tuple[np.ndarray, np.ndarray]:
    """Return two samples in double precision after checking that they can be compared.

    Args:
        x: First sample, (N, D).
        y: Second sample, (M, D).
        fewest: Number of clips that each sample must have.

    Returns:
        Both, float64.

    Raises:
        ValueError: If a sample has too few vectors, sizes differ or a number is not
            finite.
    """
    x, y = (np.asarray(v, dtype=np.float64) for v in (x, y))
    if x.ndim != 2 or y.ndim != 2 or x.shape[1] != y.shape[1]:
        raise ValueError(
            f"samples of shape {x.shape} and {y.shape} must be (clips, size) with one "
            "size; use one embedding for both"
        )
    if min(len(x), len(y)) < fewest:
        raise ValueError(
            f"{len(x)} and {len(y)} clips are given; at least {fewest} are needed"
        )
    bad = sum(int((~np.isfinite(sample)).sum()) for sample in (x, y))
    if bad:
        raise ValueError(
            f"the embeddings hold {bad} numbers that are NaN or infinite; check the "
            "clips"
        )
    return x, y
