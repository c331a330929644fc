"""Kernel distance: unbiased squared maximum mean discrepancy, polynomial kernel.

The headline of the score table. Unlike the Frechet distance it is unbiased at any
number of clips (it may be slightly negative between equal distributions) and needs no
covariance, which a hundred clips in 1024 dimensions cannot give.

Shapes: x (N, D), y (M, D). Kernel k(a, b) = (a . b / D + 1)^3.
Source: KID, arXiv:1801.01401; KAD for audio, arXiv:2502.15602.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from espnet2.gen_audio.metrics.card import Card
from espnet2.gen_audio.metrics.estimate import Estimate, half_sample_interval

SCALE = 100.0
CARD = Card(
    key="kernel_distance",
    title="Kernel distance",
    unit="squared MMD x 100",
    better="lower",
    source="unbiased MMD^2, (a.b/D + 1)^3, arXiv:1801.01401; intervals by half-samples",
)


def polynomial_kernel(a: np.ndarray, b: np.ndarray, degree: int = 3) -> np.ndarray:
    """Return k(a_i, b_j), (N, M).

    Args:
        a: First vectors, (N, D).
        b: Second vectors, (M, D).
        degree: Degree of the polynomial.

    Returns:
        The kernel matrix.
    """
    return (a @ b.T / a.shape[1] + 1.0) ** degree


def kernel_distance(x: np.ndarray, y: np.ndarray, degree: int = 3) -> float:
    """Return the unbiased MMD^2 between two samples, not scaled.

    Args:
        x: First sample, (N, D).
        y: Second sample, (M, D).
        degree: Degree of the polynomial kernel.

    Returns:
        The distance; about 0 between samples of one distribution.
    """
    return KernelMatrices.of(x, y, degree).distance()


@dataclass(frozen=True)
class KernelMatrices:
    """The three kernel matrices of two samples, so that subsamples cost nothing.

    Args:
        xx: Within the first sample, (N, N).
        yy: Within the second sample, (M, M).
        xy: Between them, (N, M).
    """

    xx: np.ndarray
    yy: np.ndarray
    xy: np.ndarray

    @classmethod
    def of(cls, x: np.ndarray, y: np.ndarray, degree: int = 3) -> "KernelMatrices":
        """Compute the matrices of two samples.

        Args:
            x: First sample, (N, D).
            y: Second sample, (M, D).
            degree: Degree of the polynomial kernel.

        Returns:
            The matrices.

        Raises:
            ValueError: If a sample has fewer than two vectors, sizes differ or a
                number is not finite.
        """
        x, y = (np.asarray(v, dtype=np.float64) for v in (x, y))
        if x.ndim != 2 or y.ndim != 2 or x.shape[1] != y.shape[1]:
            raise ValueError(
                f"samples of shape {x.shape} and {y.shape} must be (clips, size) with "
                "one size; use one embedding for both"
            )
        if min(len(x), len(y)) < 2:
            raise ValueError(
                f"{len(x)} and {len(y)} clips given; at least 2 are needed"
            )
        if not (np.isfinite(x).all() and np.isfinite(y).all()):
            raise ValueError("an embedding holds NaN or infinity; check the clips")
        return cls(
            polynomial_kernel(x, x, degree),
            polynomial_kernel(y, y, degree),
            polynomial_kernel(x, y, degree),
        )

    def distance(
        self, x_rows: np.ndarray | None = None, y_rows: np.ndarray | None = None
    ) -> float:
        """Return MMD^2 of all clips, or of the chosen rows (all different)."""
        xx, yy, xy = self.xx, self.yy, self.xy
        if x_rows is not None and y_rows is not None:
            xx, yy = xx[np.ix_(x_rows, x_rows)], yy[np.ix_(y_rows, y_rows)]
            xy = xy[np.ix_(x_rows, y_rows)]
        return float(_off_diagonal(xx) + _off_diagonal(yy) - 2 * xy.mean())


def estimate_kernel_distance(
    samples: Sequence[np.ndarray],
    sample_groups: Sequence[str],
    reference: np.ndarray,
    reference_groups: Sequence[str],
    draws: int = 200,
    seed: int = 0,
) -> Estimate:
    """Return the distance to a reference x 100, mean over generation seeds.

    Args:
        samples: One sample a generation seed, clips in the same order, (N, D) each.
        sample_groups: Recording or caption of each clip, (N,).
        reference: Vectors of the reference, (M, D).
        reference_groups: Recording of each of its clips, (M,).
        draws: Number of half-samples of the interval.
        seed: Seed of the draws.

    Returns:
        Value and interval, x 100; ``clips`` counts the clips of all seeds.
    """
    matrices = [KernelMatrices.of(sample, reference) for sample in samples]

    def mean_distance(x: np.ndarray | None, y: np.ndarray | None) -> float:
        return SCALE * float(np.mean([m.distance(x, y) for m in matrices]))

    low = high = None
    # fewer groups than that hold no information on the spread
    if min(len(set(sample_groups)), len(set(reference_groups))) >= 4:
        low, high = half_sample_interval(
            mean_distance, sample_groups, reference_groups, draws, seed
        )
    clips = sum(len(sample) for sample in samples)
    return Estimate(mean_distance(None, None), low, high, clips)


def _off_diagonal(matrix: np.ndarray) -> float:
    count = len(matrix)
    return (matrix.sum() - np.trace(matrix)) / (count * (count - 1))
