"""A statistic of two sets of clips, its interval, and the difference of two of them.

Halves of both sets are drawn as in ``estimate.half_sample_interval``. If a statistic
depends on the number of clips (it is biased), its mean over halves is not its value on
all clips. Its draws are then shifted so that their mean is this value; only their
spread is used.

Shapes: N generated clips, M recordings.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from espnet2.gen_audio.metrics.functional.estimate import (
    FEWEST_GROUPS,
    MIDDLE,
    Estimate,
    half_samples,
)

Rows = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class SetStatistic:
    """A statistic that can be computed on chosen rows.

    Args:
        values: Takes pairs of rows of the generated clips and of the recordings;
            returns one value each.
        x_groups: Recording or caption of each generated clip, (N,).
        y_groups: Recording of each reference clip, (M,).
        biased: Whether its mean depends on the number of clips.
        draws: Largest number of pairs of halves that are drawn.
        bounds: Least and greatest value, which intervals do not cross.
    """

    values: Callable[[Sequence[Rows]], np.ndarray]
    x_groups: Sequence[str]
    y_groups: Sequence[str]
    biased: bool = False
    draws: int = 200
    bounds: tuple[float, float] = (-math.inf, math.inf)

    @property
    def whole(self) -> Rows:
        """All rows."""
        return np.arange(len(self.x_groups)), np.arange(len(self.y_groups))

    def halves(self, draws: int, seed: int) -> list[Rows]:
        """Return the rows of drawn halves; none when there are too few clips.

        Args:
            draws: Number of halves wanted.
            seed: Seed of the draws.

        Returns:
            At most ``self.draws`` pairs of rows.
        """
        if min(len(set(self.x_groups)), len(set(self.y_groups))) < FEWEST_GROUPS:
            return []
        wanted = min(draws, self.draws)
        drawn = half_samples(self.x_groups, self.y_groups, wanted, seed)
        return [(x.astype(np.int32), y.astype(np.int32)) for x, y in drawn]


def estimate_of(statistic: SetStatistic, draws: int, seed: int) -> Estimate:
    """Return the value on all clips with its interval.

    Args:
        statistic: The statistic.
        draws: Halves of the interval.
        seed: Seed of the draws.

    Returns:
        The value; ``clips`` counts the generated clips.
    """
    value, *drawn = statistic.values([statistic.whole, *statistic.halves(draws, seed)])
    low, high = _interval(float(value), np.array(drawn), statistic.biased)
    if low is not None and high is not None:
        low, high = (float(np.clip(end, *statistic.bounds)) for end in (low, high))
    return Estimate(float(value), low, high, len(statistic.x_groups))


def difference_of(
    one: SetStatistic, other: SetStatistic, draws: int, seed: int
) -> Estimate:
    """Return one statistic minus another, both computed on the same drawn clips.

    Args:
        one: Statistic of the first system.
        other: Statistic of the second system; clips in the same order.
        draws: Halves of the interval.
        seed: Seed of the draws.

    Returns:
        The difference of the values, with the interval of the paired differences.

    Raises:
        ValueError: If the two do not have the same clips.
    """
    for mine, theirs in (
        (one.x_groups, other.x_groups),
        (one.y_groups, other.y_groups),
    ):
        if set(mine) != set(theirs):
            raise ValueError(
                f"{len(mine)} and {len(theirs)} clips of the two systems do not stem "
                "from the same captions; compare systems with the same ids"
            )
    # one seed draws the same groups, be there ever so many rows of each
    values = [
        np.asarray(each.values([each.whole, *each.halves(draws, seed)]))
        for each in (one, other)
    ]
    value, *drawn = values[0] - values[1]
    low, high = _interval(float(value), np.array(drawn), one.biased)
    return Estimate(float(value), low, high, len(one.x_groups))


def _interval(
    value: float, drawn: np.ndarray, biased: bool
) -> tuple[float | None, float | None]:
    """Return the middle 95 % of the draws; nothing without draws."""
    if not len(drawn):
        return None, None
    low, high = np.percentile(drawn, MIDDLE)
    shift = value - drawn.mean() if biased else 0.0
    return float(low + shift), float(high + shift)
