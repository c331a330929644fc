"""Samples of embeddings: one row per clip; several clips may belong to one recording.

Shapes: N and M clips, D features.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from espnet2.gen_audio.metrics.functional.vectors import Vectors, require_alike


@dataclass(frozen=True)
class Sample:
    """Vectors, and the group that each belongs to.

    Args:
        vectors: One vector per clip, (N, D).
        groups: Recording or caption of each clip, (N,).
    """

    vectors: Vectors
    groups: Sequence[str]


def checked_pair(
    x: Vectors, y: Vectors, fewest: int = 2
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
    require_alike(x, y, fewest)
    bad = sum(int((~np.isfinite(sample)).sum()) for sample in (x, y))
    if bad:
        raise ValueError(
            f"the embeddings hold {bad} numbers that are NaN or infinite; check the "
            "clips"
        )
    return x, y
