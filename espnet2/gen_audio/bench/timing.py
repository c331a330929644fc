"""Time two systems on equal work, alternately."""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch

from espnet2.gen_audio.bench.pair import Job

SHORT = 10.0  # seconds; work that takes less for all rounds gets more rounds
MOST_ROUNDS = 25


@dataclass(frozen=True)
class Compared:
    """Times of one part in both systems.

    Attributes:
        part: Name of the part.
        ours_s: Median in seconds, of one unit.
        baseline_s: Median in seconds, of one unit.
        ratio: Median over rounds of our time divided by the baseline's; below 1, our
            system is faster.
        low: Lower end of its 95 % interval over rounds.
        high: Upper end of the interval.
        difference: Largest difference of the results relative to the baseline's peak.
        rounds: Number of rounds.
        units: Number of units in one measurement.
        times: Rounds in order, (ours, baseline) in seconds of one unit.
    """

    part: str
    ours_s: float
    baseline_s: float
    ratio: float
    low: float
    high: float
    difference: float
    rounds: int
    units: int
    times: list[tuple[float, float]]

    def to_dict(self) -> dict[str, Any]:
        """Return plain values."""
        return asdict(self)


def compare(job: Job, rounds: int) -> Compared:
    """Time both alternately after a warm-up; the first system changes every round.

    Args:
        job: The work to time.
        rounds: Smallest number of rounds; short work gets more.

    Returns:
        Medians, ratio and difference.
    """
    mine, wanted = job.ours(), job.baseline()  # warm-up
    times = [_round(job, 0)]
    rounds = min(max(rounds, int(SHORT / sum(times[0]))), max(rounds, MOST_ROUNDS))
    times += [_round(job, number) for number in range(1, rounds)]
    units = [(a / job.units, b / job.units) for a, b in times]
    made = summary(job.part, units, difference_of(mine, wanted), job.units)
    logging.info("%s: ratio %.3f in %d rounds", job.part, made.ratio, rounds)
    return made


def single(job: Job) -> Compared:
    """Time long work once with each system, without warm-up.

    Args:
        job: The work to time.

    Returns:
        The comparison; its interval has length 0.
    """
    results, times = [], []
    for work in (job.ours, job.baseline):
        start = time.perf_counter()
        results.append(work().cpu())
        times.append((time.perf_counter() - start) / job.units)
    return summary(job.part, [tuple(times)], difference_of(*results), job.units)


def summary(
    part: str, times: Sequence[tuple[float, float]], difference: float, units: int = 1
) -> Compared:
    """Return medians and the bootstrap interval of the ratio over 2000 resamples.

    Args:
        part: Name of the part.
        times: Seconds of (ours, baseline) of every round, of one unit.
        difference: Difference of the results.
        units: Number of units in one measurement.

    Returns:
        The comparison.
    """
    pairs = np.array(times)
    ratios = pairs[:, 0] / pairs[:, 1]
    draws = np.random.RandomState(0).randint(len(ratios), size=(2000, len(ratios)))
    low, high = np.percentile(np.median(ratios[draws], axis=1), [2.5, 97.5])
    ours, baseline = np.median(pairs, axis=0)
    return Compared(
        part=part,
        ours_s=float(ours),
        baseline_s=float(baseline),
        ratio=float(np.median(ratios)),
        low=float(low),
        high=float(high),
        difference=difference,
        rounds=len(pairs),
        units=units,
        times=[(float(a), float(b)) for a, b in pairs],
    )


def difference_of(mine: torch.Tensor, wanted: torch.Tensor) -> float:
    """Return the largest difference relative to the peak of the second.

    Args:
        mine: First result.
        wanted: Second result, of equal shape.

    Returns:
        The ratio.

    Raises:
        RuntimeError: If shapes differ or a number is not finite.
    """
    if mine.shape != wanted.shape:
        raise RuntimeError(
            f"the shapes are {tuple(mine.shape)} and {tuple(wanted.shape)}; the "
            "work differs, report it with the versions of the packages"
        )
    mine, wanted = mine.cpu().double(), wanted.cpu().double()
    ratio = float((mine - wanted).abs().max() / wanted.abs().max())
    if not np.isfinite(ratio):
        raise RuntimeError(
            f"the relative difference is {ratio}: a result has values that are not "
            "finite; use float32"
        )
    return ratio


def seconds_of(work: Callable[[], object]) -> float:
    """Return the time of a piece of work; on an accelerator, wait for its end.

    Args:
        work: Function that does the work; called once.

    Returns:
        Seconds.
    """
    start = time.perf_counter()
    work()
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return time.perf_counter() - start


def _round(job: Job, number: int) -> tuple[float, float]:
    """Return seconds of (ours, baseline); the baseline begins in every other round."""
    if number % 2:
        second = seconds_of(job.baseline)
        return seconds_of(job.ours), second
    return seconds_of(job.ours), seconds_of(job.baseline)
