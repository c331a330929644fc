"""What a faster sampler costs, beside the slower one on the same prompts and seeds.

Shapes: N clips, M recordings, D features.
A loss is stated as a share of the way from the base system to noise: 0 for a system as
good as the base, 1 for one as bad as noise. Base and system are drawn together, so what
what both share (hard prompts, the choice of recordings) does not widen the interval.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from espnet2.gen_audio.metrics.estimate import half_sample_interval
from espnet2.gen_audio.metrics.kernel_distance import SCALE, KernelMatrices


@dataclass(frozen=True)
class Loss:
    """A share of the way from the base to noise.

    Attributes:
        value: Of all clips; below 0 the system is better than the base.
        low: Lower end of the 95 % interval.
        high: Upper end.
    """

    value: float
    low: float
    high: float


def kernel_loss(
    system: Sequence[np.ndarray],
    base: Sequence[np.ndarray],
    noise: np.ndarray,
    groups: Sequence[str],
    reference: np.ndarray,
    reference_groups: Sequence[str],
    draws: int = 1000,
    seed: int = 0,
) -> Loss:
    """Return the loss in kernel distance to recordings.

    Args:
        system: Features of every generation seed, (N, D) each.
        base: The same of the base system, clips and seeds in the same order.
        noise: Features of noise, (N, D).
        groups: Recording or caption of each clip, (N,).
        reference: Features of recordings, (M, D).
        reference_groups: Recording of each of them, (M,).
        draws: Half-samples of the interval.
        seed: Of the draws.

    Returns:
        The loss.
    """
    kinds = [
        [KernelMatrices.of(sample, reference) for sample in samples]
        for samples in (system, base, [noise])
    ]

    def distance(
        kind: list[KernelMatrices], x: np.ndarray | None, y: np.ndarray | None
    ) -> float:
        return SCALE * float(np.mean([each.distance(x, y) for each in kind]))

    way = distance(kinds[2], None, None) - distance(kinds[1], None, None)

    def loss(x: np.ndarray | None, y: np.ndarray | None) -> float:
        return (distance(kinds[0], x, y) - distance(kinds[1], x, y)) / way

    low, high = half_sample_interval(loss, groups, reference_groups, draws, seed)
    return Loss(loss(None, None), low, high)


def agreement_loss(
    system: Sequence[np.ndarray],
    base: Sequence[np.ndarray],
    noise: np.ndarray,
    groups: Sequence[str],
    kinds: Sequence[str],
    draws: int = 1000,
    seed: int = 0,
) -> Loss:
    """Return the loss in the judge's agreement, averaged over kinds.

    Args:
        system: Whether each clip was judged as its caption says, (N,) a seed.
        base: The same of the base system.
        noise: The same of noise, (N,).
        groups: Recording or caption of each clip, (N,).
        kinds: Kind of each clip, (N,).
        draws: Draws of the interval, with replacement, whole groups at a time.
        seed: Of the draws.

    Returns:
        The loss.
    """
    names = sorted(set(groups))
    rows = {name: [n for n, g in enumerate(groups) if g == name] for name in names}
    labels = np.array(kinds)
    right = [np.mean(np.stack(each), axis=0) for each in (system, base)]

    def macro(values: np.ndarray, chosen: np.ndarray) -> float:
        kind = labels[chosen]
        means = [values[chosen][kind == name].mean() for name in sorted(set(kind))]
        return float(np.mean(means))

    every = np.arange(len(labels))
    way = macro(right[1], every) - macro(np.asarray(noise, float), every)
    rng, values = np.random.default_rng(seed), []
    for _ in range(draws):
        drawn = rng.choice(names, len(names))
        chosen = np.concatenate([rows[name] for name in drawn])
        values.append((macro(right[1], chosen) - macro(right[0], chosen)) / way)
    low, high = np.percentile(values, [2.5, 97.5])
    value = (macro(right[1], every) - macro(right[0], every)) / way
    return Loss(value, float(low), float(high))
