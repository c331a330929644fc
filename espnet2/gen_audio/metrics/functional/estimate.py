"""A value with its interval, by bootstrap or by half-samples.

Clips of one recording, or of one caption with several seeds, are not independent. Both
methods therefore draw whole groups of clips. Intervals contain the middle 95 % of the
draws. Each use of an interval states the sources of variation that it leaves out.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

MIDDLE = (2.5, 97.5)  # percentiles of a 95 % interval
FEWEST_GROUPS = 4  # with fewer, half-samples do not show the spread of a statistic


@dataclass(frozen=True)
class Estimate:
    """A value and the interval around it.

    Args:
        value: The number itself.
        low: Lower end of the interval; None without interval.
        high: Upper end of the interval; None without interval.
        clips: Number of clips that it was computed from.
    """

    value: float
    low: float | None
    high: float | None
    clips: int

    def to_dict(self) -> dict[str, float | int | None]:
        """Return plain numbers, rounded to six significant digits for JSON."""
        ends = {"value": self.value, "low": self.low, "high": self.high}
        short = {k: None if v is None else six_digits(v) for k, v in ends.items()}
        return {**short, "clips": self.clips}


def six_digits(value: float) -> float:
    """Return a number with six significant digits."""
    return float(f"{value:.6g}")


def group_rows(groups: Sequence[str]) -> dict[str, np.ndarray]:
    """Return the rows of each group, groups in the order of their names.

    Args:
        groups: Group of each row, (N,).

    Returns:
        Row numbers of each group.
    """
    rows: dict[str, list[int]] = {}
    for row, group in enumerate(groups):
        rows.setdefault(group, []).append(row)
    return {group: np.array(rows[group]) for group in sorted(rows)}


def bootstrap_mean(
    values: np.ndarray, groups: Sequence[str], draws: int, seed: int
) -> Estimate:
    """Estimate a mean; the interval draws whole groups with replacement.

    Args:
        values: One number per clip, (N,).
        groups: Group of each clip, (N,).
        draws: Number of bootstrap draws.
        seed: Seed of the draws.

    Returns:
        The mean over clips with its interval.

    Raises:
        ValueError: If there are no values, or the numbers of values and groups differ.
    """
    values = np.asarray(values, dtype=np.float64)
    if len(values) == 0 or len(values) != len(groups):
        raise ValueError(
            f"{len(values)} values and {len(groups)} groups are given; give at least "
            "one value, and one group per value"
        )
    rows = list(group_rows(groups).values())
    sums = np.array([values[r].sum() for r in rows])
    counts = np.array([len(r) for r in rows])
    low, high = _ratio_interval(sums, counts, draws, seed)
    return Estimate(float(values.mean()), low, high, len(values))


def bootstrap_ratio(
    numerators: Sequence[float],
    denominators: Sequence[float],
    groups: Sequence[str],
    draws: int,
    seed: int,
) -> Estimate:
    """Estimate a sum over a sum; the interval draws whole groups with replacement.

    Args:
        numerators: Numerator of each utterance, (N,).
        denominators: Denominator of each utterance, (N,).
        groups: Group of each utterance, (N,).
        draws: Number of bootstrap draws.
        seed: Seed of the draws.

    Returns:
        The ratio of the sums with its interval.

    Raises:
        ValueError: If the denominators sum to zero, or the lengths differ.
    """
    above, below = np.asarray(numerators, float), np.asarray(denominators, float)
    if not len(above) == len(below) == len(groups) or not below.sum() > 0:
        raise ValueError(
            f"{len(above)} numerators, {len(below)} denominators that sum to "
            f"{below.sum():g} and {len(groups)} groups are given; give one each, with "
            "something to divide by"
        )
    rows = list(group_rows(groups).values())
    sums = np.array([above[r].sum() for r in rows])
    counts = np.array([below[r].sum() for r in rows])
    low, high = _ratio_interval(sums, counts, draws, seed)
    return Estimate(float(above.sum() / below.sum()), low, high, len(above))


def bootstrap_ratio_difference(
    first: tuple[Sequence[float], Sequence[float]],
    second: tuple[Sequence[float], Sequence[float]],
    groups: Sequence[str],
    draws: int,
    seed: int,
) -> Estimate:
    """Estimate the difference of two ratios of sums; both draw the same groups.

    Args:
        first: Numerators and denominators of the first system, (N,) each.
        second: Those of the second system for the same utterances, (N,) each.
        groups: Group of each utterance, (N,).
        draws: Number of bootstrap draws.
        seed: Seed of the draws.

    Returns:
        The first ratio minus the second one, with its interval.

    Raises:
        ValueError: If denominators sum to zero.
    """
    rows = list(group_rows(groups).values())
    sums = np.array(
        [[np.asarray(one)[r].sum() for r in rows] for one in (*first, *second)]
    )
    if not sums[1].sum() > 0 or not sums[3].sum() > 0:
        raise ValueError("the denominators of a system sum to 0; give transcripts")
    even = np.full(len(rows), 1 / len(rows))
    times = np.random.default_rng(seed).multinomial(len(rows), even, size=draws)
    drawn = times @ sums.T
    kept = (drawn[:, 1] > 0) & (drawn[:, 3] > 0)
    ratios = drawn[kept, 0] / drawn[kept, 1] - drawn[kept, 2] / drawn[kept, 3]
    low, high = np.percentile(ratios, MIDDLE)
    value = sums[0].sum() / sums[1].sum() - sums[2].sum() / sums[3].sum()
    return Estimate(float(value), float(low), float(high), len(groups))


def _ratio_interval(
    sums: np.ndarray, counts: np.ndarray, draws: int, seed: int
) -> tuple[float, float]:
    """Return the interval of sum(sums) / sum(counts), (G,) each, over drawn groups."""
    rng = np.random.default_rng(seed)
    even = np.full(len(sums), 1 / len(sums))
    times = rng.multinomial(len(sums), even, size=draws)
    drawn_sums, drawn_counts = times @ sums, times @ counts
    kept = drawn_counts > 0
    low, high = np.percentile(drawn_sums[kept] / drawn_counts[kept], MIDDLE)
    return float(low), float(high)


def half_sample_interval(
    statistic: Callable[[np.ndarray, np.ndarray], float],
    x_groups: Sequence[str],
    y_groups: Sequence[str],
    draws: int,
    seed: int,
) -> tuple[float, float]:
    """Return the interval of a two-sample statistic from halves of both samples.

    Each draw takes half of the groups without replacement. At this size, the spread of
    the draws around the value of all groups equals the spread of this value (the factor
    m/n / (1 - m/n) of subsampling is 1), so the draws are not rescaled. A group that
    both samples contain is drawn in both samples or in neither.

    Source: Politis, Romano, Wolf, Subsampling (1999); half-sampling, McCarthy (1969).

    Args:
        statistic: Function of the drawn rows of x and of y.
        x_groups: Group of each row of x, (N,).
        y_groups: Group of each row of y, (M,).
        draws: Number of draws.
        seed: Seed of the draws.

    Returns:
        Lower and upper end of the interval.

    Raises:
        ValueError: If a sample has fewer than four groups.
    """
    halves = half_samples(x_groups, y_groups, draws, seed)
    low, high = np.percentile([statistic(x, y) for x, y in halves], MIDDLE)
    return float(low), float(high)


def half_samples(
    x_groups: Sequence[str], y_groups: Sequence[str], draws: int, seed: int
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Draw halves of the groups of two samples, without replacement.

    Args:
        x_groups: Group of each row of x, (N,).
        y_groups: Group of each row of y, (M,).
        draws: Number of halves.
        seed: Seed of the draws.

    Yields:
        The rows of x and of y that belong to the chosen groups.

    Raises:
        ValueError: If a sample has fewer than four groups.
    """
    x_rows, y_rows = group_rows(x_groups), group_rows(y_groups)
    for rows in (x_rows, y_rows):
        if len(rows) < FEWEST_GROUPS:
            raise ValueError(
                f"an interval needs at least {FEWEST_GROUPS} independent clips, found "
                f"{len(rows)}; score more recordings"
            )
    both = sorted(set(x_rows) & set(y_rows))
    strata = [both, sorted(set(x_rows) - set(both)), sorted(set(y_rows) - set(both))]
    rng = np.random.default_rng(seed)
    for _ in range(draws):
        chosen = {
            stratum[i]
            for stratum in strata
            for i in rng.permutation(len(stratum))[: (len(stratum) + 1) // 2]
        }
        x = np.concatenate([r for g, r in x_rows.items() if g in chosen])
        y = np.concatenate([r for g, r in y_rows.items() if g in chosen])
        yield x, y
