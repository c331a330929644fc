"""Frechet distance between Gaussians fitted to two samples of embeddings.

It complements the kernel distance because papers report it. With fewer clips than
dimensions the covariances are rank-deficient and the value is biased upwards by an
amount that depends on the number of clips: compare only values with the same n.

Shapes: x (N, D), y (M, D).
Source: FID, arXiv:1706.08500, eq. 6; FAD, arXiv:1812.08466.
"""

from dataclasses import dataclass

import numpy as np

from espnet2.gen_audio.metrics.measures.sample import checked_pair


@dataclass(frozen=True)
class FrechetDistance:
    """The distance, and what is needed to interpret it.

    Args:
        value: The distance.
        clips: Clips in the two samples.
        rank: Rank of the two covariances.
        size: Embedding size D; a rank below it means a biased value.
    """

    value: float
    clips: tuple[int, int]
    rank: tuple[int, int]
    size: int


def frechet_distance(x: np.ndarray, y: np.ndarray) -> FrechetDistance:
    """Return |mean difference|^2 + tr(Sx + Sy - 2 (Sx Sy)^(1/2)).

    The trace of the root is the nuclear norm of Xc Yc^T for centred samples, which is
    real and never negative, where a matrix root can turn out complex.

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
    """Return a matrix c of at most D rows with c^T c the covariance, (., D)."""
    centred = (x - x.mean(0)) / np.sqrt(len(x) - 1)
    return np.linalg.qr(centred, mode="r") if len(x) > x.shape[1] else centred
