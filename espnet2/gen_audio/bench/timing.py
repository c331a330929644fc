"""Two ways of doing the same, timed in turn."""

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch


@dataclass(frozen=True)
class Compared:
    """Times of one part in both arms.

    Attributes:
        part: What was timed.
        ours_s: Median in seconds.
        peer_s: Median in seconds.
        ratio: Median over rounds of ours to the peer's; below 1 ours is faster.
        low: Lower end of its 95 % interval over rounds.
        high: Upper end.
        difference: Largest difference of the results relative to the peer's peak.
        rounds: Number of rounds.
        times: Rounds in order, (ours, peer) in seconds.
    """

    part: str
    ours_s: float
    peer_s: float
    ratio: float
    low: float
    high: float
    difference: float | None
    rounds: int
    times: list[tuple[float, float]]

    def to_dict(self) -> dict[str, Any]:
        """Return plain values."""
        return asdict(self)


def compare(
    part: str,
    ours: Callable[[], torch.Tensor],
    peer: Callable[[], torch.Tensor],
    rounds: int,
) -> Compared:
    """Time both after a warm-up, in turn; who begins changes every round.

    Args:
        part: What is timed.
        ours: Does it our way; returns what is compared.
        peer: Does it the other way.
        rounds: How often each is timed.

    Returns:
        Medians, ratio and difference.
    """
    mine, wanted = ours(), peer()  # warm-up
    times = []
    for number in range(rounds):
        if number % 2:
            second, first = _seconds(peer), _seconds(ours)
        else:
            first, second = _seconds(ours), _seconds(peer)
        times.append((first, second))
    return summary(part, times, difference_of(mine, wanted))


def summary(
    part: str, times: list[tuple[float, float]], difference: float | None
) -> Compared:
    """Return medians and the interval of the ratio.

    Args:
        part: What was timed.
        times: Seconds of (ours, peer) of every round.
        difference: Of the results.

    Returns:
        The comparison.
    """
    pairs = np.array(times)
    ratios = pairs[:, 0] / pairs[:, 1]
    draws = np.random.RandomState(0).randint(len(ratios), size=(2000, len(ratios)))
    low, high = np.percentile(np.median(ratios[draws], axis=1), [2.5, 97.5])
    ours, peer = np.median(pairs, axis=0)
    return Compared(
        part,
        float(ours),
        float(peer),
        float(np.median(ratios)),
        float(low),
        float(high),
        difference,
        len(times),
        [(float(a), float(b)) for a, b in times],
    )


def difference_of(mine: torch.Tensor, wanted: torch.Tensor) -> float:
    """Return the largest difference relative to the peak of the second."""
    mine, wanted = mine.double(), wanted.double()
    return float((mine - wanted).abs().max() / wanted.abs().max())


def _seconds(work: Callable[[], Any]) -> float:
    start = time.perf_counter()
    work()
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return time.perf_counter() - start
