"""Macro-averaged accuracy of predicted classes, with an interval.

Classes have equal weight, independent of their numbers of clips.

Shapes: N clips, K classes.
"""

from collections.abc import Sequence

import numpy as np

from espnet2.gen_audio.metrics.functional.estimate import MIDDLE, Estimate, group_rows


def macro_accuracy(classes: Sequence[str], predicted: Sequence[str]) -> float:
    """Return the mean over classes of the fraction of clips classified correctly.

    Args:
        classes: True class of each clip, (N,).
        predicted: Predicted class, (N,).

    Returns:
        Between 0 and 1.
    """
    correct = np.asarray(classes) == np.asarray(predicted)
    each = [correct[rows].mean() for rows in group_rows(classes).values()]
    return float(np.mean(each))


def estimate_accuracy(
    classes: Sequence[str],
    predicted: Sequence[str],
    recordings: Sequence[str],
    draws: int = 1000,
    seed: int = 0,
) -> Estimate:
    """Estimate the macro-averaged accuracy.

    For the interval, recordings are drawn with replacement within each class. All clips
    of a recording are drawn together, because clips of one recording (its captions and
    seeds) are not independent.

    Args:
        classes: True class of each clip, (N,).
        predicted: Predicted class, (N,).
        recordings: Recording that each clip, or its caption, belongs to, (N,).
        draws: Number of bootstrap draws.
        seed: Seed of the draws.

    Returns:
        The accuracy with its interval.

    Raises:
        ValueError: If the three sequences differ in length or are empty.
    """
    if not len(classes) == len(predicted) == len(recordings) or not len(classes):
        raise ValueError(
            f"{len(classes)} classes, {len(predicted)} predictions and "
            f"{len(recordings)} recordings are given; give one of each per clip"
        )
    correct = (np.asarray(classes) == np.asarray(predicted)).astype(np.float64)
    rng = np.random.default_rng(seed)
    total = np.zeros(draws)
    by_class = group_rows(classes)
    for rows in by_class.values():
        clusters = list(group_rows([recordings[r] for r in rows]).values())
        sums = np.array([correct[rows[c]].sum() for c in clusters])
        counts = np.array([len(c) for c in clusters])
        even = np.full(len(clusters), 1 / len(clusters))
        times = rng.multinomial(len(clusters), even, size=draws)
        total += (times @ sums) / (times @ counts)
    low, high = np.percentile(total / len(by_class), MIDDLE)
    value = macro_accuracy(classes, predicted)
    return Estimate(value, float(low), float(high), len(classes))


def estimate_permuted(
    classes: Sequence[str], predicted: Sequence[str], draws: int = 200, seed: int = 0
) -> Estimate:
    """Estimate the accuracy against permuted captions.

    Args:
        classes: True class of each clip, (N,).
        predicted: Predicted class, (N,).
        draws: Number of permutations.
        seed: Seed of the permutations.

    Returns:
        The mean over permutations; the interval contains the middle 95 % of them.
    """
    rng = np.random.default_rng(seed)
    names = np.asarray(classes)
    values = [macro_accuracy(rng.permutation(names), predicted) for _ in range(draws)]
    low, high = np.percentile(values, MIDDLE)
    return Estimate(float(np.mean(values)), float(low), float(high), len(names))
