"""Gaussian statistics of embeddings, gathered in parts, and their Frechet distance.

Mean and covariance are updated batch by batch, so that memory does not depend on the
number of clips. The root of the product of two covariances is taken by symmetric
eigenvalue decompositions: a rank-deficient covariance gives no complex numbers.

Shapes: N clips, D features.
Source: FID, arXiv:1706.08500, eq. 6; FAD, arXiv:1812.08466; FAD-inf, arXiv:2311.01616
and, for images, arXiv:1911.07023; merging of moments, Chan, Golub, LeVeque (1979).
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from espnet2.gen_audio.metrics.functional.vectors import Vectors, chosen

BATCH = 1024  # rows that one update takes
STEPS = 15  # sizes of subsets that the extrapolation is fitted on


@dataclass(frozen=True)
class GaussianStatistics:
    """Moments of a sample.

    Args:
        count: Number of vectors.
        mean: Their mean, (D,).
        scatter: Sum of squared deviations from the mean, (D, D).
    """

    count: int
    mean: np.ndarray
    scatter: np.ndarray

    @classmethod
    def of(cls, batches: Iterable[np.ndarray]) -> "GaussianStatistics":
        """Gather the moments of batches, each read once.

        Args:
            batches: Vectors, (n, D) each; at least two vectors in all.

        Returns:
            The moments of all vectors.

        Raises:
            ValueError: If there are fewer than two vectors, or one is not finite.
        """
        total: GaussianStatistics | None = None
        for batch in batches:
            rows = np.asarray(batch, dtype=np.float64)
            if not len(rows):
                continue
            mean = rows.mean(axis=0)
            centred = rows - mean
            part = cls(len(rows), mean, centred.T @ centred)
            total = part if total is None else total.merge(part)
        if total is None or total.count < 2:
            raise ValueError(
                f"{total.count if total else 0} vectors are given; a covariance needs "
                "at least 2 clips"
            )
        if not np.isfinite(total.scatter).all():
            raise ValueError(
                "the embeddings hold numbers that are NaN or infinite; check the clips"
            )
        return total

    @classmethod
    def of_sample(cls, sample: Vectors) -> "GaussianStatistics":
        """Return the moments of a sample, (N, D), in batches of ``BATCH`` rows."""
        starts = range(0, len(sample), BATCH)
        return cls.of(sample[start : start + BATCH] for start in starts)

    def merge(self, other: "GaussianStatistics") -> "GaussianStatistics":
        """Return the moments of both samples together."""
        count = self.count + other.count
        shift = other.mean - self.mean
        between = np.outer(shift, shift) * (self.count * other.count / count)
        return GaussianStatistics(
            count,
            self.mean + shift * (other.count / count),
            self.scatter + other.scatter + between,
        )

    @property
    def covariance(self) -> np.ndarray:
        """Unbiased covariance, (D, D)."""
        return self.scatter / (self.count - 1)

    @property
    def is_full_rank(self) -> bool:
        """Whether there are enough vectors for a covariance of full rank."""
        return self.count > len(self.mean)


def gaussian_distance(x: GaussianStatistics, y: GaussianStatistics) -> float:
    """Return |mean difference|^2 + tr(Sx + Sy - 2 (Sx^(1/2) Sy Sx^(1/2))^(1/2)).

    Args:
        x: Moments of the first sample.
        y: Moments of the second sample.

    Returns:
        The Frechet distance, never below 0.

    Raises:
        ValueError: If the sizes of the vectors differ.
    """
    if x.mean.shape != y.mean.shape:
        raise ValueError(
            f"vectors of {len(x.mean)} and {len(y.mean)} numbers cannot be compared; "
            "use one embedding for both"
        )
    root = _root(x.covariance)
    product = root @ y.covariance @ root
    eigenvalues = np.linalg.eigvalsh((product + product.T) / 2)
    trace_of_root = np.sqrt(np.maximum(eigenvalues, 0)).sum()
    spread = np.trace(x.covariance) + np.trace(y.covariance)
    means = np.square(x.mean - y.mean).sum()
    return float(max(0.0, means + spread - 2 * trace_of_root))


def frechet_infinity(
    sample: Vectors, reference: GaussianStatistics, seed: int = 0
) -> float:
    """Extrapolate the Frechet distance to infinitely many generated clips.

    The bias of the distance falls as 1/n. It is computed for ``STEPS`` sizes of
    subsets, and a straight line in 1/n is fitted, whose value at 0 is returned.

    Args:
        sample: Generated clips, (N, D), N above D.
        reference: Moments of the recordings.
        seed: Seed of the subsets.

    Returns:
        The extrapolated distance; may be slightly negative between equal sets.

    Raises:
        ValueError: If there are too few clips for covariances of full rank.
    """
    count, size = sample.shape
    fewest = size + 1
    if count <= fewest or not reference.is_full_rank:
        raise ValueError(
            f"{count} and {reference.count} clips are given; the extrapolation of a "
            f"Frechet distance of {size} dimensions needs more than {fewest} on both "
            "sides: use a kernel distance"
        )
    rng = np.random.default_rng(seed)
    sizes = np.linspace(max(fewest, count // 10), count, STEPS).astype(int)
    distances = [
        gaussian_distance(
            GaussianStatistics.of_sample(chosen(sample, rng.permutation(count)[:n])),
            reference,
        )
        for n in sizes
    ]
    return float(np.polyfit(1 / sizes, distances, 1)[1])


def _root(matrix: np.ndarray) -> np.ndarray:
    """Return the symmetric root of a positive semidefinite matrix, (D, D)."""
    values, vectors = np.linalg.eigh(matrix)
    return (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T
