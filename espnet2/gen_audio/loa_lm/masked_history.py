"""The masked history of a language model that is not autoregressive.

Shapes: B clips, L LOA tokens, D features.
The published model predicts each vector from the conditions and the vectors before it:
the true ones in training (teacher forcing), its own predictions in generation. It
learns to rely on the last vectors. In generation, small errors accumulate, and over the
128 and more vectors of speech it does not learn to attend to the text. Its own
predictions carry no further information, being a function of conditions and prefix.
``autoregressive: false`` therefore replaces them by zeros, in training and in
generation; only the true vectors of a prefix are inputs, for continuation.
"""

import torch


def mask_history(loa: torch.Tensor, p_prefix: float) -> tuple[torch.Tensor, int]:
    """Return the inputs of one training batch, and where prediction begins.

    Args:
        loa: True LOA, (B, L, D).
        p_prefix: Probability that a batch has a true prefix, of random length.

    Returns:
        True vectors of the prefix, then zeros, (B, L, D), and the length of the prefix:
        0 without one, else 1 to L - 1.
    """
    # drawn on the CPU, whose state ESPnet sets at the start of each epoch
    draw = torch.rand(())
    place = int(torch.randint(1, loa.shape[1], ())) if loa.shape[1] > 1 else 0
    if draw >= p_prefix:
        place = 0
    history = torch.zeros_like(loa)
    history[:, :place] = loa[:, :place]
    return history, place
