"""Unbiased squared maximum mean discrepancy of many subsets, in little memory.

A kernel matrix is computed in tiles. Each tile is summed for the whole sets and for all
half-samples of a confidence interval, and then discarded. KAD is 100 times the
discrepancy for the kernel ``gaussian``, whose bandwidth is the median distance of the
reference. ``polynomial`` is the kernel of KID.

Shapes: x (N, D), y (M, D), P pairs of subsets.
Source: KAD, arXiv:2502.15602, eq. 4; MMD, Gretton et al. (2012), lemma 6.
"""

from collections.abc import Callable, Sequence

import numpy as np

from espnet2.gen_audio.metrics.functional.kernel_distance import polynomial_kernel
from espnet2.gen_audio.metrics.functional.vectors import (
    Vectors,
    blocks_of,
    chosen,
    require_alike,
)

Kernel = Callable[[np.ndarray, np.ndarray], np.ndarray]
Rows = tuple[np.ndarray, np.ndarray]
BLOCK = 1024  # rows and columns of a tile of a kernel matrix
MEDIAN_CLIPS = 4000  # largest number of clips for the median distance
GUESSED = 400  # clips whose distances say between which values the median lies
AROUND = (45, 55)  # percentiles of these distances
KERNELS = ("polynomial", "gaussian")


def gaussian_kernel(bandwidth: float) -> Kernel:
    """Return exp(-|a - b|^2 / (2 bandwidth^2)) as a function of two sets of vectors.

    Args:
        bandwidth: Distance of one standard deviation.

    Returns:
        The kernel.

    Raises:
        ValueError: If the bandwidth is not above zero.
    """
    if not bandwidth > 0:
        raise ValueError(
            f"the bandwidth of the kernel is {bandwidth:g}: more than half of the "
            "reference clips are equal; use distinct recordings"
        )

    def kernel(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        """Return the kernel of all pairs."""
        squares = np.square(a).sum(1)[:, None] + np.square(b).sum(1) - 2 * a @ b.T
        return np.exp(np.maximum(squares, 0) / (-2 * bandwidth**2))

    return kernel


def median_distance(y: Vectors) -> float:
    """Return the median distance between two different vectors of a sample.

    For an even number of distances, it is the lower of the two middle values. If there
    are more than ``MEDIAN_CLIPS`` vectors, the distances between ``MEDIAN_CLIPS`` of
    them, evenly spaced, are used. Distances far from the median are counted, not kept.

    Args:
        y: Sample, (M, D).

    Returns:
        The median.
    """
    rows = np.linspace(0, len(y) - 1, min(len(y), MEDIAN_CLIPS)).astype(int)
    few = rows[:: max(1, len(rows) // GUESSED)]
    _, guessed = _distances_within(chosen(y, few), -np.inf, np.inf)
    count = len(rows) * (len(rows) - 1) // 2
    middle = (count - 1) // 2
    sample = chosen(y, rows)
    below, found = _distances_within(sample, *np.percentile(guessed, AROUND))
    if not below <= middle < below + len(found):  # the few clips are unlike the others
        below, found = _distances_within(sample, -np.inf, np.inf)
    return float(np.partition(found, middle - below)[middle - below])


def _distances_within(y: Vectors, low: float, high: float) -> tuple[int, np.ndarray]:
    """Return how many distances are below a range, and the distances in it."""
    from scipy.spatial.distance import cdist, pdist

    below, kept = 0, []
    for place, block in blocks_of(y, BLOCK):
        later = chosen(y, np.arange(place.stop, len(y)))
        across = (
            cdist(block, columns).ravel() for _, columns in blocks_of(later, BLOCK)
        )
        for distances in (pdist(block), *across):
            below += int((distances < low).sum())
            kept.append(distances[(distances >= low) & (distances <= high)])
    return below, np.concatenate(kept)


def kernel_of(name: str, reference: Vectors) -> Kernel:
    """Return a kernel by name, fitted to the reference.

    Args:
        name: ``polynomial`` or ``gaussian``.
        reference: Embeddings of the recordings, (M, D).

    Returns:
        The kernel.

    Raises:
        ValueError: If there is no such kernel.
    """
    if name == "gaussian":
        return gaussian_kernel(median_distance(reference))
    if name == "polynomial":
        return polynomial_kernel
    raise ValueError(f"kernel {name!r} is unknown; use {' or '.join(KERNELS)}")


def discrepancies(
    x: Vectors, y: Vectors, kernel: Kernel, pairs: Sequence[Rows]
) -> np.ndarray:
    """Return the unbiased MMD^2 of each pair of subsets.

    Args:
        x: First sample, (N, D).
        y: Second sample, (M, D).
        kernel: Kernel of the discrepancy.
        pairs: Rows of x and rows of y, each at least two different ones.

    Returns:
        One value a pair, (P,); not scaled.
    """
    require_alike(x, y)
    of_x = _members([rows for rows, _ in pairs], len(x))
    of_y = _members([rows for _, rows in pairs], len(y))
    counts = of_x.sum(1) * of_y.sum(1)
    across = _across(x, y, kernel, of_x, of_y) / counts
    return _within(x, kernel, of_x) + _within(y, kernel, of_y) - 2 * across


def _members(subsets: Sequence[np.ndarray], size: int) -> np.ndarray:
    """Return whether each subset has each row, (P, size)."""
    found = np.zeros((len(subsets), size), dtype=bool)
    for row, subset in zip(found, subsets):
        row[subset] = True
    return found


def _within(x: Vectors, kernel: Kernel, subsets: np.ndarray) -> np.ndarray:
    """Return the mean kernel of two different members of each subset, (P,)."""
    total = np.zeros(len(subsets))
    for place, block in blocks_of(x, BLOCK):
        own = kernel(block, block)
        np.fill_diagonal(own, 0)
        total += _sums(own, subsets[:, place], subsets[:, place])
        later = chosen(x, np.arange(place.stop, len(x)))
        members = subsets[:, place.stop :]
        # a kernel is symmetric: each tile above the diagonal counts twice
        total += 2 * _across(block, later, kernel, subsets[:, place], members)
    counts = subsets.sum(1)
    return total / (counts * (counts - 1))


def _across(
    x: Vectors,
    y: Vectors,
    kernel: Kernel,
    of_x: np.ndarray,
    of_y: np.ndarray,
) -> np.ndarray:
    """Return the sum of the kernel over each pair of subsets, (P,)."""
    total = np.zeros(len(of_x))
    for rows, block in blocks_of(x, BLOCK):
        for columns, other in blocks_of(y, BLOCK):
            total += _sums(kernel(block, other), of_x[:, rows], of_y[:, columns])
    return total


def _sums(tile: np.ndarray, of_rows: np.ndarray, of_columns: np.ndarray) -> np.ndarray:
    """Return the sum over the rows and columns of a tile that each subset has, (P,)."""
    return ((of_rows.astype(np.float64) @ tile) * of_columns).sum(1)
