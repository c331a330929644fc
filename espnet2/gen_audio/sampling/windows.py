"""Long signals in overlapping windows of the length that a network was trained on.

Shapes: (..., T, F) or (..., T), T positions along the axis with windows. Source of
blending predictions at every step: MultiDiffusion, arXiv:2302.08113. Where windows
overlap, their results are cross-faded linearly.
"""

from collections.abc import Callable, Sequence

import torch


def window_starts(length: int, window: int, hop: int) -> list[int]:
    """Return the first positions of windows that cover a length.

    Args:
        length: Positions to cover.
        window: Positions of one window.
        hop: Positions from one window to the next; the last hop may be shorter.

    Returns:
        First positions, ascending; only 0 if one window is sufficient.

    Raises:
        ValueError: If there would be gaps between windows.
    """
    if not 0 < hop <= window:
        raise ValueError(f"hop {hop} must be above 0 and at most the window {window}")
    if length <= window:
        return [0]
    return [*range(0, length - window, hop), length - window]


def ramp(window: int, overlap: int, left: bool, right: bool) -> torch.Tensor:
    """Return the cross-fade weights of a window: 1, with slopes at overlaps.

    Args:
        window: Number of positions of a window.
        overlap: Number of positions of a slope.
        left: Whether another window overlaps its start.
        right: Whether another window overlaps its end.

    Returns:
        Weights above 0, (window,).
    """
    weights = torch.ones(window, dtype=torch.float64)
    slope = torch.arange(1, overlap + 1, dtype=torch.float64) / (overlap + 1)
    if left:
        weights[:overlap] = slope
    if right:
        weights[-overlap:] = torch.minimum(weights[-overlap:], slope.flip(0))
    return weights


def by_windows(
    parts: Sequence[Callable[[torch.Tensor], torch.Tensor]],
    whole: torch.Tensor,
    starts: Sequence[int],
    window: int,
    axis: int,
    growth: int = 1,
) -> torch.Tensor:
    """Apply a function to every window and cross-fade the results.

    Args:
        parts: One function per window, or one function for all windows.
        whole: The long signal.
        starts: First position of each window, see ``window_starts``.
        window: Length of a window.
        axis: Axis of the windows, in ``whole`` and in the results.
        growth: Number of positions of a result per position of ``whole``; for example 4
            from latent frames to mel frames.

    Returns:
        The cross-faded result; for one window, the result of the function.
    """
    if len(starts) == 1:
        return parts[0](whole)
    overlap = min(window - (b - a) for a, b in zip(starts, starts[1:])) * growth
    total = weight = None
    for number, start in enumerate(starts):
        function = parts[number] if len(parts) > 1 else parts[0]
        made = function(whole.narrow(axis, start, window))
        last = number == len(starts) - 1
        slope = ramp(window * growth, overlap, number > 0, not last)
        shape = [1] * made.dim()
        shape[axis] = -1
        slope = slope.to(made).reshape(shape)
        if total is None:
            size = list(made.shape)
            size[axis] = whole.shape[axis] * growth
            total, weight = made.new_zeros(size), made.new_zeros(size[axis])
        total.narrow(axis, start * growth, window * growth).add_(made * slope)
        weight[start * growth : (start + window) * growth] += slope.flatten()
    return total / weight.reshape(
        [-1 if n == axis % total.dim() else 1 for n in range(total.dim())]
    )
