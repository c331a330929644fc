"""Loss of quality of a faster sampler, paired with a base sampler by prompt and seed.

A loss is relative: 0 for a system as good as the base, 1 for a system as bad as noise.
In each draw of the interval, base and system get the same prompts. Variation that
affects both (hard prompts, the choice of recordings) therefore does not widen the
interval.

Shapes: N clips, M recordings, D features.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from espnet2.gen_audio.metrics.functional.estimate import (
    MIDDLE,
    group_rows,
    half_sample_interval,
)
from espnet2.gen_audio.metrics.functional.kernel_distance import (
    KernelMatrices,
    mean_distance,
)
from espnet2.gen_audio.metrics.functional.sample import Sample


@dataclass(frozen=True)
class RelativeLoss:
    """A fraction of the distance from the base to noise.

    Attributes:
        value: The loss over all clips; below 0 the system is better than the base.
        low: Lower end of the 95 % interval.
        high: Upper end of the interval.
    """

    value: float
    low: float
    high: float


def kernel_loss(
    system: Sequence[np.ndarray],
    base: Sequence[np.ndarray],
    noise: np.ndarray,
    groups: Sequence[str],
    reference: Sample,
    draws: int = 1000,
    seed: int = 0,
) -> RelativeLoss:
    """Return the relative loss in kernel distance to recordings.

    Args:
        system: Features of every generation seed, (N, D) each.
        base: Features of the base system, (N, D) each; clips and seeds in equal order.
        noise: Features of noise, (N, D).
        groups: Recording or caption of each clip, (N,).
        reference: Features of recordings, (M, D).
        draws: Number of half-samples of the interval.
        seed: Seed of the draws.

    Returns:
        The loss.
    """
    slow, fast, bad = (
        [KernelMatrices.of(sample, reference.vectors) for sample in samples]
        for samples in (base, system, [noise])
    )
    whole = _checked_range(mean_distance(slow), mean_distance(bad), "kernel distance")

    def loss(x: np.ndarray | None, y: np.ndarray | None) -> float:
        """Return the loss of some rows of both samples; of all rows if None."""
        return (mean_distance(fast, x, y) - mean_distance(slow, x, y)) / whole

    low, high = half_sample_interval(loss, groups, reference.groups, draws, seed)
    return RelativeLoss(loss(None, None), low, high)


def accuracy_loss(
    system: Sequence[np.ndarray],
    base: Sequence[np.ndarray],
    noise: np.ndarray,
    groups: Sequence[str],
    classes: Sequence[str],
    draws: int = 1000,
    seed: int = 0,
) -> RelativeLoss:
    """Return the relative loss in macro-averaged accuracy of a classifier probe.

    Args:
        system: Whether each clip was classified as the class of its caption, (N,) for
            each seed.
        base: The classifications of the base system, (N,) for each seed.
        noise: The classifications of noise, (N,).
        groups: Recording or caption of each clip, (N,).
        classes: Class of each clip, (N,).
        draws: Number of draws of the interval; each draws whole groups with
            replacement.
        seed: Seed of the draws.

    Returns:
        The loss.
    """
    rows = group_rows(groups)
    labels = np.array(classes)
    fast, slow = (np.mean(np.stack(each), axis=0) for each in (system, base))

    def accuracy(correct: np.ndarray, chosen: np.ndarray) -> float:
        """Return the macro-averaged accuracy of some rows."""
        by_class = group_rows(labels[chosen])
        return float(np.mean([correct[chosen][r].mean() for r in by_class.values()]))

    every = np.arange(len(labels))
    whole = _checked_range(
        accuracy(np.asarray(noise, float), every), accuracy(slow, every), "accuracy"
    )
    rng, values = np.random.default_rng(seed), []
    for _ in range(draws):
        drawn = rng.choice(list(rows), len(rows))
        chosen = np.concatenate([rows[name] for name in drawn])
        values.append((accuracy(slow, chosen) - accuracy(fast, chosen)) / whole)
    low, high = np.percentile(values, MIDDLE)
    value = (accuracy(slow, every) - accuracy(fast, every)) / whole
    return RelativeLoss(value, float(low), float(high))


def _checked_range(one: float, other: float, what: str) -> float:
    """Return other - one, the divisor of losses."""
    if one == other:
        raise ValueError(
            f"base and noise have the same {what}, {one:.4g}; a loss between them is "
            "not defined: choose a base that is better than noise"
        )
    return other - one
