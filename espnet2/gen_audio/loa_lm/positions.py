"""Initial values of GPT-2's position table for text that is aligned with sound.

With sinusoids instead of random values, training aligns text and sound in far fewer
steps.
"""

import torch

from espnet2.gen_audio.encoder.sinusoidal import INITIAL_AMPLITUDE, sinusoids


@torch.no_grad()
def start_with_sinusoids(
    table: torch.Tensor, start: int | None, patches_per_step: int
) -> None:
    """Initialise a position table with sinusoids.

    Rows before ``start`` are sinusoids of the position in the text; rows from ``start``
    on are sinusoids of patch time and of frequency band.

    Args:
        table: Position table, (positions, D), changed in place.
        start: Position of the first LOA vector.
        patches_per_step: Number of LOA vectors per time step.

    Raises:
        ValueError: If ``start`` is None.
    """
    if start is None:
        raise ValueError(
            f"patches_per_step {patches_per_step} needs loa_start: set it, or "
            "leave patches_per_step out"
        )
    width = table.shape[1]
    half = width // 2
    texts = torch.arange(start)
    vectors = torch.arange(len(table) - start)
    table[:start, :half] = INITIAL_AMPLITUDE * sinusoids(texts, half)
    steps = sinusoids(vectors // patches_per_step, half)
    bands = sinusoids(vectors % patches_per_step, width - half)
    table[start:] = INITIAL_AMPLITUDE * torch.cat([steps, bands], dim=1)
