"""The splitting identity of average velocities.

The average velocity u(z_t, r, t) of a flow is the displacement of its path from t to r,
divided by t - r. A path from t to r passes every s between, so displacements add up::

    (t - r) u(z_t, r, t) = (t - s) u(z_t, s, t) + (s - r) u(z_s, r, s)
    z_s = z_t - (t - s) u(z_t, s, t)

and u(z_t, t, t) is the velocity itself. A network that satisfies both is the average
velocity, if it is continuous where intervals shrink to a point. Unlike MeanFlow
(arXiv:2505.13447), no derivative with respect to time is needed.

Shapes: B clips, C channels, T latent frames, F latent bins; r, s, t (B,).
Source: SplitMeanFlow, arXiv:2507.16884, eq. 10 and algorithm 1.
"""

from collections.abc import Callable

import torch

# latent z_t (B, C, T, F), end r, start t -> average velocity (B, C, T, F)
AverageVelocity = Callable[[torch.Tensor, torch.Tensor, torch.Tensor], torch.Tensor]


def split_average(
    average: AverageVelocity,
    noisy: torch.Tensor,
    low: torch.Tensor,
    middle: torch.Tensor,
    high: torch.Tensor,
) -> torch.Tensor:
    """Return the average velocity over an interval from those over its two parts.

    Args:
        average: The average velocity of shorter intervals.
        noisy: Latents at t, (B, C, T, F).
        low: Ends r, (B,).
        middle: Points s between, (B,).
        high: Starts t, above r, (B,).

    Returns:
        Average velocities from t to r, (B, C, T, F).
    """
    first = average(noisy, middle, high)
    between = noisy - _shaped(high - middle) * first
    second = average(between, low, middle)
    weight = _shaped((high - middle) / (high - low))
    return weight * first + (1.0 - weight) * second


def integrate(
    average: AverageVelocity, noisy: torch.Tensor, start: float, steps: int
) -> torch.Tensor:
    """Follow a velocity, or an average velocity, to the clean latent in equal steps.

    Args:
        average: The velocity over a step.
        noisy: Latents at ``start``, (B, C, T, F).
        start: The time at which they are.
        steps: Number of steps.

    Returns:
        Clean latents, (B, C, T, F).
    """
    ends = [start * n / steps for n in range(steps, -1, -1)]
    for high, low in zip(ends, ends[1:]):
        times = (torch.full((len(noisy),), end).to(noisy) for end in (low, high))
        noisy = noisy - (high - low) * average(noisy, *times)
    return noisy


def _shaped(times: torch.Tensor) -> torch.Tensor:
    """Return times in a shape that scales latents, (B, 1, 1, 1)."""
    return times.view(-1, 1, 1, 1)
