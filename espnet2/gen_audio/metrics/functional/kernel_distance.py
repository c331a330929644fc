"""Kernel distance: unbiased squared maximum mean discrepancy, polynomial kernel.

The main distance of the score table. Unlike the Frechet distance it is unbiased for any
number of clips (it may be slightly negative between equal distributions) and needs no
covariance; in 1024 dimensions a covariance cannot be estimated from a hundred clips.

Shapes: x (N, D), y (M, D). Kernel k(a, b) = (a . b / D + 1)^3.
Source: KID, arXiv:1801.01401; KAD for audio, arXiv:2502.15602.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from espnet2.gen_audio.metrics.functional.estimate import (
    FEWEST_GROUPS,
    Estimate,
    half_sample_interval,
)
from espnet2.gen_audio.metrics.functional.sample import Sample, checked_pair

SCALE = 100.0
DEGREE = 3  # degree of the polynomial kernel


def polynomial_kernel(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return k(a_i, b_j), (N, M).

    Args:
        a: First vectors, (N, D).
        b: Second vectors, (M, D).

    Returns:
        The kernel matrix.
    """
    return (a @ b.T / a.shape[1] + 1.0) ** DEGREE


def kernel_distance(x: np.ndarray, y: np.ndarray) -> float:
    """Return the unbiased MMD^2 between two samples, not scaled.

    Args:
        x: First sample, (N, D).
        y: Second sample, (M, D).

    Returns:
        The distance; about 0 between samples of one distribution.
    """
    return KernelMatrices.of(x, y).distance()


@dataclass(frozen=True)
class KernelMatrices:
    """The three kernel matrices of two samples, computed once for all subsamples.

    Args:
        xx: Within the first sample, (N, N).
        yy: Within the second sample, (M, M).
        xy: Between them, (N, M).
    """

    xx: np.ndarray
    yy: np.ndarray
    xy: np.ndarray

    @classmethod
    def of(cls, x: np.ndarray, y: np.ndarray) -> "KernelMatrices":
        """Compute the matrices of two samples of at least two vectors each.

        Args:
            x: First sample, (N, D).
            y: Second sample, (M, D).

        Returns:
            The matrices.
        """
        x, y = checked_pair(x, y)
        return cls(
            polynomial_kernel(x, x), polynomial_kernel(y, y), polynomial_kernel(x, y)
        )

    def distance(
        self, x_rows: np.ndarray | None = None, y_rows: np.ndarray | None = None
    ) -> float:
        """Return MMD^2 of all clips, or of some rows, none of them twice."""
        xx, yy, xy = self.xx, self.yy, self.xy
        if x_rows is not None and y_rows is not None:
            xx, yy = xx[np.ix_(x_rows, x_rows)], yy[np.ix_(y_rows, y_rows)]
            xy = xy[np.ix_(x_rows, y_rows)]
        return float(_off_diagonal(xx) + _off_diagonal(yy) - 2 * xy.mean())


def mean_distance(
    matrices: Sequence[KernelMatrices],
    x_rows: np.ndarray | None = None,
    y_rows: np.ndarray | None = None,
) -> float:
    """Return the distance x 100, averaged over generation seeds.

    Args:
        matrices: Kernel matrices of each seed.
        x_rows: Rows of the first samples; all if None.
        y_rows: Rows of the second samples; all if None.

    Returns:
        The mean.
    """
    each = [matrix.distance(x_rows, y_rows) for matrix in matrices]
    return SCALE * float(np.mean(each))


def estimate_kernel_distance(
    samples: Sequence[np.ndarray],
    groups: Sequence[str],
    reference: Sample,
    draws: int = 200,
    seed: int = 0,
) -> Estimate:
    """Return the distance to a reference x 100, mean over generation seeds.

    Args:
        samples: One sample per generation seed, clips in the same order, (N, D) each.
        groups: Recording or caption of each clip, (N,).
        reference: The sample that they are compared with.
        draws: Number of half-samples of the interval.
        seed: Seed of the draws.

    Returns:
        Value and interval, both x 100; ``clips`` is the number of clips of all seeds.
    """
    matrices = [KernelMatrices.of(sample, reference.vectors) for sample in samples]
    low = high = None
    if min(len(set(groups)), len(set(reference.groups))) >= FEWEST_GROUPS:
        low, high = half_sample_interval(
            lambda x, y: mean_distance(matrices, x, y),
            groups,
            reference.groups,
            draws,
            seed,
        )
    clips = sum(len(sample) for sample in samples)
    return Estimate(mean_distance(matrices), low, high, clips)


def _off_diagonal(matrix: np.ndarray) -> float:
    count = len(matrix)
    return (matrix.sum() - np.trace(matrix)) / (count * (count - 1))
