"""The two times of a training step: an interval on the time axis for each clip.

Shapes: B clips.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch


@dataclass(frozen=True)
class Intervals:
    """Intervals r to t, with a point s between; fractions of the time axis.

    Attributes:
        low: Ends r nearer to the clean latent, (B,).
        middle: Points s at which the intervals are split, (B,).
        high: Ends t nearer to noise, at which the loss is measured, (B,).
    """

    low: torch.Tensor
    middle: torch.Tensor
    high: torch.Tensor

    @property
    def instant(self) -> torch.Tensor:
        """True where an interval has no length, so that the teacher is asked, (B,)."""
        return self.low == self.high

    def to(self, device: torch.device | str) -> "Intervals":
        """Return the intervals on a device."""
        return Intervals(
            self.low.to(device), self.middle.to(device), self.high.to(device)
        )


def draw_intervals(
    batch: int,
    last: float,
    p_instant: float,
    p_grid: float,
    passes: Sequence[int],
) -> Intervals:
    """Draw intervals, with torch's default CPU generator.

    Two uniform times make an interval; or, with probability ``p_grid``, it is one of
    the steps that sampling in a drawn number of passes takes. With probability
    ``p_instant`` its lower end is moved to the upper one.

    Args:
        batch: Number of clips B.
        last: Largest time, as a fraction.
        p_instant: Probability of an interval of no length.
        p_grid: Probability of a step of sampling.
        passes: Numbers of passes, of which one is drawn for each clip.

    Returns:
        The intervals, on the CPU; s is uniform within each.
    """
    low, high = torch.rand(batch, 2).sort(dim=1).values.unbind(1)
    number = torch.tensor(list(passes))[torch.randint(len(passes), (batch,))]
    index = (torch.rand(batch) * number).floor()
    on_grid = torch.rand(batch) < p_grid
    low = torch.where(on_grid, index / number, low)
    high = torch.where(on_grid, (index + 1) / number, high)
    low = torch.where(torch.rand(batch) < p_instant, high, low)
    middle = low + torch.rand(batch) * (high - low)
    return Intervals(last * low, last * middle, last * high)
