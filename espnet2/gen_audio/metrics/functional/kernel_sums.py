"""Unbiased squared maximum mean discrepancy of many subsets, in little memory.

A kernel matrix is computed in blocks of rows. Each block is summed for the whole sets
and for all half-samples of a confidence interval, and then discarded. KAD is 100 times
the discrepancy for the kernel ``gaussian``, whose bandwidth is the median distance of
the reference. ``polynomial`` is the kernel of KID.

Shapes: x (N, D), y (M, D), P pairs of subsets.
Source: KAD, arXiv:2502.15602, eq. 4; MMD, Gretton et al. (2012), lemma 6.
"""

from collections.abc import Callable, Sequence

import numpy as np

from espnet2.gen_audio.metrics.functional.kernel_distance import polynomial_kernel
from espnet2.gen_audio.metrics.functional.sample import checked_pair

Kernel = Callable[[np.ndarray, np.ndarray], np.ndarray]
Rows = tuple[np.ndarray, np.ndarray]
BLOCK = 512  # rows of a kernel matrix that are in memory at once
MEDIAN_CLIPS = 4000  # largest number of clips for the median distance
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


def median_distance(y: np.ndarray) -> float:
    """Return the median distance between two different vectors of a sample.

    For an even number of distances, it is the lower of the two middle values. If there
    are more than ``MEDIAN_CLIPS`` vectors, the distances between ``MEDIAN_CLIPS`` of
    them, evenly spaced, are used.

    Args:
        y: Sample, (M, D).

    Returns:
        The median.
    """
    from scipy.spatial.distance import pdist

    rows = np.linspace(0, len(y) - 1, min(len(y), MEDIAN_CLIPS)).astype(int)
    distances = pdist(y[rows])
    middle = (len(distances) - 1) // 2
    return float(np.partition(distances, middle)[middle])


def kernel_of(name: str, reference: np.ndarray) -> Kernel:
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
        return gaussian_kernel(median_distance(np.asarray(reference, np.float64)))
    if name == "polynomial":
        return polynomial_kernel
    raise ValueError(f"kernel {name!r} is unknown; use {' or '.join(KERNELS)}")


def discrepancies(
    x: np.ndarray, y: np.ndarray, kernel: Kernel, pairs: Sequence[Rows]
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
    x, y = checked_pair(x, y)
    of_x = _indicators([rows for rows, _ in pairs], len(x))
    of_y = _indicators([rows for _, rows in pairs], len(y))
    across = _sums(x, y, kernel, of_x, of_y)
    counts_x, counts_y = of_x.sum(1), of_y.sum(1)
    return (
        _within(x, kernel, of_x)
        + _within(y, kernel, of_y)
        - 2 * across / (counts_x * counts_y)
    )


def _indicators(subsets: Sequence[np.ndarray], size: int) -> np.ndarray:
    """Return 1 for each row that a subset has, (P, size)."""
    found = np.zeros((len(subsets), size))
    for row, subset in zip(found, subsets):
        row[subset] = 1.0
    return found


def _within(x: np.ndarray, kernel: Kernel, subsets: np.ndarray) -> np.ndarray:
    """Return the mean kernel of two different members of each subset, (P,)."""
    diagonal = np.array([kernel(row[None], row[None])[0, 0] for row in x])
    counts = subsets.sum(1)
    total = _sums(x, x, kernel, subsets, subsets) - subsets @ diagonal
    return total / (counts * (counts - 1))


def _sums(
    x: np.ndarray,
    y: np.ndarray,
    kernel: Kernel,
    of_x: np.ndarray,
    of_y: np.ndarray,
) -> np.ndarray:
    """Return the sum of the kernel over each pair of subsets, (P,)."""
    total = np.zeros(len(of_x))
    for start in range(0, len(x), BLOCK):
        block = slice(start, start + BLOCK)
        total += ((of_x[:, block] @ kernel(x[block], y)) * of_y).sum(1)
    return total
