"""The masked history of a language model that is not autoregressive.

Shapes: B clips, L LOA tokens, D features. The published model predicts each vector from
the conditions and the vectors before it: true vectors in training (teacher forcing),
its own predictions in generation. In training it learns to rely on the last vectors. In
generation, small errors therefore accumulate, and for speech, with 128 and more
vectors, it does not learn to attend to the text. Predictions of a
regression head contain no further information, because they depend on conditions and
prefix only. ``autoregressive:
false`` therefore replaces them by zeros, in training and in generation. Only the true
vectors of a prefix remain inputs, for continuation.
"""

import torch


def mask_history(loa: torch.Tensor, p_prefix: float) -> tuple[torch.Tensor, int]:
    """Return the inputs of one training batch, and the length of its prefix.

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
