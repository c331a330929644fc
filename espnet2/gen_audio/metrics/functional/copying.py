"""Copying of the training set: distances to the nearest training clip.

Distances of generated clips are compared with distances of real held-out clips. The two
fractions are 0.05 and 0.50 for clips from the distribution of the held-out clips, and 1
for copies. A larger fraction need not mean copies: typical examples of a class are
close to many training clips.

Shapes: x (N, D) generated, train (M, D), held-out (L, D).
"""

from dataclasses import dataclass

import numpy as np

from espnet2.gen_audio.metrics.functional.sample import checked_pair

CLOSE = 5.0  # percentile of the held-out reference distances


@dataclass(frozen=True)
class Nearest:
    """The nearest training clip of each clip.

    Args:
        row: Row of the training clip, (N,).
        distance: Euclidean distance between the embeddings, (N,).
    """

    row: np.ndarray
    distance: np.ndarray


def nearest(x: np.ndarray, train: np.ndarray) -> Nearest:
    """Find the nearest training clip of each clip.

    Args:
        x: Embeddings of clips, (N, D).
        train: Embeddings of training clips, (M, D).

    Returns:
        Rows and distances.
    """
    x, train = checked_pair(x, train, fewest=1)
    # differences, not |a|^2 + |b|^2 - 2ab: the distance of a copy must be exactly 0
    row, distance = np.empty(len(x), dtype=np.int64), np.empty(len(x))
    for number, clip in enumerate(x):
        distances = np.linalg.norm(train - clip, axis=1)
        row[number] = distances.argmin()
        distance[number] = distances[row[number]]
    return Nearest(row, distance)


@dataclass(frozen=True)
class Copying:
    """How close generated clips are to training clips.

    Args:
        below_close: Fraction nearer than the 5th percentile of held-out distances.
        below_median: Fraction nearer than the median of held-out distances.
        median_ratio: Median distance divided by the median of held-out distances.
    """

    below_close: float
    below_median: float
    median_ratio: float


def copying(generated: np.ndarray, heldout: np.ndarray) -> Copying:
    """Compare distances to the nearest training clip.

    Args:
        generated: Distances of generated clips, (N,).
        heldout: Reference distances of real held-out clips, (L,).

    Returns:
        The fractions and the ratio; a distance equal to the limit counts as not nearer,
        unless it is zero.

    Raises:
        ValueError: If either is empty or not finite.
    """
    generated = np.asarray(generated, dtype=np.float64)
    heldout = np.asarray(heldout, dtype=np.float64)
    for what, values in (("generated", generated), ("held-out", heldout)):
        bad = int((~np.isfinite(values)).sum())
        if not len(values) or bad:
            raise ValueError(
                f"{len(values)} {what} distances are given, {bad} of them NaN or "
                "infinite; give one finite distance per clip"
            )
    close, median = np.percentile(heldout, [CLOSE, 50.0])

    def fraction_below(limit: float) -> float:
        """Return the fraction of clips that are nearer than ``limit``, or copies."""
        return float(np.mean((generated < limit) | (generated == 0)))

    ratio = float(np.median(generated) / median) if median > 0 else float("inf")
    return Copying(fraction_below(close), fraction_below(median), ratio)
