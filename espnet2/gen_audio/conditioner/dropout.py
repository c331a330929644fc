"""Which clips of a batch lose their condition in training.

Shapes: B clips. Dropping a condition now and then teaches a model to work without
it, which classifier-free guidance needs (arXiv:2207.12598). One draw per clip: the
authors' code draws once a batch, which gives the same mean with more variance.
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
        drop_probability: Chance of a clip to lose its condition, 0 to 1.
        generator: Source of randomness on the CPU; torch's own when absent.
        device: Device of the result. The draw itself is on the CPU, so that a
            seed gives the same clips on every device.

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
