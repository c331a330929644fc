"""The masked history of a language model that is not autoregressive.

Shapes: B clips, L LOA tokens, D features.
Published, each vector is predicted from the conditions and the vectors before it: true
ones in training (teacher forcing), the model's own in generation. Such a model follows
the last vectors; in generation its small errors grow, and over the 128 and more vectors
of speech it never learns to attend to the text. Its own predictions also tell a
regression nothing that conditions and prefix do not: they are a function of them. So
``autoregressive: false`` masks them. Zeros stand in their place, in training and in
generation alike; only the true vectors of a prefix are inputs, which continuation
needs.
"""

import torch


def mask_history(loa: torch.Tensor, p_prefix: float) -> tuple[torch.Tensor, int]:
    """Return the inputs of one training batch, and where prediction begins.

    Args:
        loa: True LOA, (B, L, D).
        p_prefix: Probability of a batch to be given a true prefix of random length.

    Returns:
        True vectors up to a place and zeros behind, (B, L, D), and the place: 0
        without a prefix, else 1 to L - 1.
    """
    # drawn on the CPU, whose state ESPnet sets at the start of each epoch
    draw = torch.rand(())
    place = int(torch.randint(1, loa.shape[1], ())) if loa.shape[1] > 1 else 0
    if draw >= p_prefix:
        place = 0
    history = torch.zeros_like(loa)
    history[:, :place] = loa[:, :place]
    return history, place
