"""Fixed sinusoidal position encoding of the two coordinates of a patch grid.

Shapes: P patches = rows * columns, D features. Source: MAE, arXiv:2111.06377.

Note: the published table was computed for a grid declared as (frequency, time), but the
tokens are in time-major order. Row n therefore encodes (n // time, n % time) instead of
the patch's own coordinates (n // freq, n % freq). Published weights were trained with
this table. ``grid_order="published"`` computes such a table for any geometry,
``"true"`` the table of the patches' own coordinates.
"""

import torch

GRID_ORDERS = ("published", "true")
_LONGEST_PERIOD = 10000.0


def position_table(
    width: int, grid: tuple[int, int], grid_order: str = "published"
) -> torch.Tensor:
    """Return the position vectors of the class token (zeros) and of every patch.

    Args:
        width: Features of a token, D; a multiple of 4.
        grid: Number of patches along (time, frequency).
        grid_order: ``published`` or ``true``; see above.

    Returns:
        Table in float32, (1, 1 + P, D).

    Raises:
        ValueError: If the width or the order is not valid.
    """
    if width % 4:
        raise ValueError(
            f"width {width} must be a multiple of 4: sine and cosine of two coordinates"
        )
    if grid_order not in GRID_ORDERS:
        raise ValueError(
            f"grid_order {grid_order!r} is unknown; use {' or '.join(GRID_ORDERS)}"
        )
    time, freq = grid
    columns = time if grid_order == "published" else freq
    number = torch.arange(time * freq)
    column = _sinusoids(number % columns, width // 2)
    row = _sinusoids(number // columns, width // 2)
    table = torch.cat([column, row], dim=1)  # the column comes first, as in MAE
    return torch.cat([torch.zeros(1, width), table.float()]).unsqueeze(0)


def _sinusoids(place: torch.Tensor, width: int) -> torch.Tensor:
    """Return sines, then cosines, of one coordinate, (P, width)."""
    exponent = torch.arange(width // 2, dtype=torch.float64) / (width / 2)
    angle = place.double()[:, None] * _LONGEST_PERIOD**-exponent
    return torch.cat([angle.sin(), angle.cos()], dim=1)
