"""Does the generator copy? Generated clips against the distance of honest strangers.

A real test clip has some distance to its nearest training clip. A generated clip that
lies closer than nearly all real test clips do is closer than a stranger would be. The
two shares returned are 0.05 and 0.50 for clips drawn as the real test clips are, and 1
for copies. A share above that need not mean copies: typical examples of a kind lie
close to many training clips.

Shapes: x (N, D) generated, train (M, D), test (L, D).
"""

from dataclasses import dataclass

import numpy as np

from espnet2.gen_audio.metrics.card import Card

CLOSE = 5.0  # percentile of the real test clips' distances
CARD = Card(
    key="copying",
    title="Closer than strangers",
    unit="share of clips (expected 0.05)",
    better="lower",
    source="share whose nearest training clip is nearer than the 5th percentile of "
    "real test clips' nearest training clips, embedding distance",
)


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

    Raises:
        ValueError: If there is no training clip, sizes differ or a number is not
            finite.
    """
    x, train = (np.asarray(v, dtype=np.float64) for v in (x, train))
    if x.ndim != 2 or train.ndim != 2 or not len(train) or x.shape[1] != train.shape[1]:
        raise ValueError(f"clips {x.shape} and training clips {train.shape} do not fit")
    if not (np.isfinite(x).all() and np.isfinite(train).all()):
        raise ValueError("an embedding holds NaN or infinity; check the clips")
    # plain differences, not |a|^2 + |b|^2 - 2ab: a copy must come out as exactly 0
    distances = np.stack([np.linalg.norm(train - clip, axis=1) for clip in x])
    row = distances.argmin(axis=1)
    return Nearest(row, distances[np.arange(len(row)), row])


@dataclass(frozen=True)
class Copying:
    """How close generated clips lie to training clips.

    Args:
        share: Share nearer than the 5th percentile of the test clips' distances.
        share_median: Share nearer than their median.
        median_ratio: Median distance over that of the test clips.
    """

    share: float
    share_median: float
    median_ratio: float


def copying(generated: np.ndarray, test: np.ndarray) -> Copying:
    """Compare distances to the nearest training clip.

    Args:
        generated: Distances of generated clips, (N,).
        test: Distances of real test clips, (L,).

    Returns:
        The shares; ties count as not nearer, except for a distance of zero.

    Raises:
        ValueError: If either is empty or not finite.
    """
    generated, test = (np.asarray(v, dtype=np.float64) for v in (generated, test))
    for what, values in (("generated", generated), ("test", test)):
        if not len(values) or not np.isfinite(values).all():
            raise ValueError(f"{what} distances are missing or not finite")
    close, median = np.percentile(test, [CLOSE, 50.0])

    def share(limit: float) -> float:
        return float(np.mean((generated < limit) | (generated == 0)))

    ratio = float(np.median(generated) / median) if median > 0 else float("inf")
    return Copying(share(close), share(median), ratio)
