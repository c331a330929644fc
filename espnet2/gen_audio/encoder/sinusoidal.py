"""Sinusoidal position encodings, to initialise a trainable position table.

Source: section 3.5 of arXiv:1706.03762. The longest wavelength is smaller here, since
texts and clips have tens of positions.
"""

import torch

LONGEST = 100.0  # approximate ratio of the longest to the shortest wavelength
INITIAL_AMPLITUDE = 0.5  # amplitude of the encodings in a trainable table


def sinusoids(positions: torch.Tensor, width: int) -> torch.Tensor:
    """Return one row of sines and cosines for each position.

    Args:
        positions: Positions, integers or floats, (N,).
        width: Length of a row, even.

    Returns:
        The rows, (N, width): first the sines, then the cosines, both from the shortest
        wavelength to the longest.

    Raises:
        ValueError: If the width is odd.
    """
    if width % 2:
        raise ValueError(f"sines and cosines come in pairs; a width of {width} is odd")
    # the device is explicit: transformers replaces torch.linspace while it loads a
    # model, and torch's default device may be ignored from then on
    exponents = torch.linspace(0.0, 1.0, width // 2 + 1, device=positions.device)
    speeds = LONGEST ** -exponents[:-1]
    angles = positions.float()[:, None] * speeds
    return torch.cat([angles.sin(), angles.cos()], dim=1)
