"""Drop masks: for which clips of a batch a condition is dropped in training.

Shapes: B clips. Dropping a condition at random trains the model to work without it, for
classifier-free guidance (arXiv:2207.12598). There is one draw per clip; the authors'
code draws once per batch, with equal mean and larger variance.
"""

import torch


def draw_keep(
    batch: int,
    drop_probability: float,
    generator: torch.Generator | None = None,
    device: torch.device | str = "cpu",
) -> torch.Tensor:
    """Draw the clips that keep their condition.

    Args:
        batch: Number of clips B.
        drop_probability: Probability that the condition of a clip is dropped, 0 to 1.
        generator: Random generator on the CPU; torch's default one if None.
        device: Device of the result. The mask is drawn on the CPU, so that a seed drops
            the same clips on every device.

    Returns:
        True for clips that keep their condition, (B,).

    Raises:
        ValueError: If the probability is not between 0 and 1.
    """
    if not 0.0 <= drop_probability <= 1.0:
        raise ValueError(
            f"a drop probability of {drop_probability} was given; use 0 to 1"
        )
    return (torch.rand(batch, generator=generator) >= drop_probability).to(device)
