"""Waves that tell positions: what a fresh table of positions may start from.

Source: section 3.5 of arXiv:1706.03762, with a shorter longest wave, since texts and
clips here have tens of positions.
"""

import torch

LONGEST = 100.0  # the last wave is about as many times slower than the first
START_OF_WAVES = 0.5  # their height in a table that is trained on


def waves(positions: torch.Tensor, width: int) -> torch.Tensor:
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
        raise ValueError(f"waves come in pairs; a width of {width} is odd")
    speeds = LONGEST ** -torch.linspace(0.0, 1.0, width // 2 + 1)[:-1]
    angles = positions.float()[:, None] * speeds
    return torch.cat([angles.sin(), angles.cos()], dim=1)
