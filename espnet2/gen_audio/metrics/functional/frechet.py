"""Frechet distance between Gaussians fitted to two samples of embeddings.

It is given beside the kernel distance because papers report it. With fewer clips than
dimensions the covariances are rank-deficient and the value is biased upwards by an
amount that depends on the number of clips: compare only values with equal numbers of
clips.

Shapes: x (N, D), y (M, D).
Source: FID, arXiv:1706.08500, eq. 6; FAD, arXiv:1812.08466.
"""

from dataclasses import dataclass

import numpy as np

from espnet2.gen_audio.metrics.functional.sample import checked_pair
from espnet2.gen_audio.metrics.functional.vectors import Vectors


@dataclass(frozen=True)
class FrechetDistance:
    """The distance, with the numbers needed to interpret it.

    Args:
        value: The distance.
        clips: Number of clips in each of the two samples.
        rank: Rank of the two covariances.
        size: Embedding size D; a rank below it means a biased value.
    """

    value: float
    clips: tuple[int, int]
    rank: tuple[int, int]
    size: int


def frechet_distance(x: Vectors, y: Vectors) -> FrechetDistance:
    """Return |mean difference|^2 + tr(Sx + Sy - 2 (Sx Sy)^(1/2)).

    The trace of the root is computed as the nuclear norm of Xc Yc^T for centred
    samples. This norm is real and never negative; a numerical matrix root can be
    complex.

    Args:
        x: First sample, (N, D).
        y: Second sample, (M, D).

    Returns:
        The distance with clips and ranks.

    Raises:
        ValueError: If a sample has fewer than two vectors, sizes differ or a number
            is not finite.
    """
    x, y = checked_pair(x, y)
    x_root, y_root = _covariance_root(x), _covariance_root(y)
    root = np.linalg.norm(x_root @ y_root.T, ord="nuc")
    spread = np.square(x_root).sum() + np.square(y_root).sum()
    means = np.square(x.mean(0) - y.mean(0)).sum()
    ranks = tuple(int(np.linalg.matrix_rank(c)) for c in (x_root, y_root))
    return FrechetDistance(
        float(max(0.0, means + spread - 2 * root)), (len(x), len(y)), ranks, x.shape[1]
    )


def _covariance_root(x: np.ndarray) -> np.ndarray:
    """Return a matrix c, (at most D rows, D), such that c^T c is the covariance."""
    centred = (x - x.mean(0)) / np.sqrt(len(x) - 1)
    return np.linalg.qr(centred, mode="r") if len(x) > x.shape[1] else centred
