"""Where in time the LOA tokens of a clip lie.

Shapes: L LOA tokens, time-major: all frequency cells of a time cell in a row.
"""

from collections.abc import Sequence

import torch

from espnet2.gen_audio.feats.clip import ClipGeometry


def cells_of(geometry: ClipGeometry, loa_factor: int) -> tuple[int, int]:
    """Return the cells of the LOA along (time, frequency).

    Args:
        geometry: Lengths of a clip.
        loa_factor: Pooling factor.

    Returns:
        Numbers of cells, whose product is L.
    """
    time, freq = geometry.pool_factors(loa_factor)
    return geometry.time_patches // time, geometry.freq_patches // freq


def tokens_outside(
    spans: Sequence[tuple[int, int]], geometry: ClipGeometry, loa_factor: int
) -> torch.Tensor:
    """Return which tokens lie wholly outside stretches of a clip.

    Args:
        spans: Start and end of every stretch, in samples from the clip's beginning.
        geometry: Lengths of a clip.
        loa_factor: Pooling factor.

    Returns:
        1.0 for tokens outside, 0.0 for others, (L,).
    """
    cells, per_cell = cells_of(geometry, loa_factor)
    length = geometry.samples / cells
    outside = torch.ones(cells, per_cell)
    for cell in range(cells):
        begin, end = cell * length, (cell + 1) * length
        if any(a < end and b > begin for a, b in spans):
            outside[cell] = 0.0
    return outside.flatten()
