"""Sinusoidal position encodings: what a fresh table of positions may start from.

Source: section 3.5 of arXiv:1706.03762, with a shorter longest wavelength, since texts
and clips here have tens of positions.
"""

import torch

LONGEST = 100.0  # the last wavelength is about as many times longer than the first
INITIAL_AMPLITUDE = 0.5  # in a table that is trained from there


def sinusoids(positions: torch.Tensor, width: int) -> torch.Tensor:
    """Return one row of sines and cosines for each position.

    Args:
        positions: Whole or other numbers, (N,).
        width: Numbers in a row, even.

    Returns:
        The rows, (N, width); the sines come first, the fastest of each first.

    Raises:
        ValueError: If the width is odd.
    """
    if width % 2:
        raise ValueError(f"sines and cosines come in pairs; a width of {width} is odd")
    speeds = LONGEST ** -torch.linspace(0.0, 1.0, width // 2 + 1)[:-1]
    angles = positions.float()[:, None] * speeds
    return torch.cat([angles.sin(), angles.cos()], dim=1)
