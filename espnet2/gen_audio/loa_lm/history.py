"""What a language model that does not hear itself hears of the past.

Shapes: B clips, L LOA tokens, D features.
Published, each vector is predicted from the conditions and the vectors before it: true
ones in training, the model's own in a roll-out. Such a model follows the last vectors;
in a roll-out its small errors grow, and over the 128 and more vectors of speech it
never learns to ask the text. Its own past also tells a regression nothing that
conditions and prefix do not: it is a function of them. So ``hears_own: false`` hides
it. A blank stands in its place, in training and in generation alike; only the true
vectors of a prefix are heard, which is what continuation needs.
"""

import torch


def hidden_past(loa: torch.Tensor, p_prefix: float) -> tuple[torch.Tensor, int]:
    """Return what one training batch hears, and from where on it is to be predicted.

    Args:
        loa: True LOA, (B, L, D).
        p_prefix: Chance of a batch to hear a true prefix of random length.

    Returns:
        True vectors up to a place and blanks behind, (B, L, D), and the place: 0
        without a prefix, else 1 to L - 1.
    """
    # drawn on the CPU, whose state ESPnet sets at the start of each epoch
    draw = torch.rand(())
    place = int(torch.randint(1, loa.shape[1], ())) if loa.shape[1] > 1 else 0
    if draw >= p_prefix:
        place = 0
    heard = torch.zeros_like(loa)
    heard[:, :place] = loa[:, :place]
    return heard, place
