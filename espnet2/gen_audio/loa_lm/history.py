"""What the language model hears of the past in training: its own words, not the truth.

Shapes: B clips, L LOA tokens, D features.
A model that only ever read true vectors follows the last ones; in a roll-out its own
small errors then grow, the more the longer it is. Here a batch's past is true up to a
random place and what the model itself rolls out from there on, so that it learns to go
on from what it will hear, and to ask the condition.
Source: the idea is DAgger's, arXiv:1011.0686, and scheduled sampling's,
arXiv:1506.03099. The published training has none; 8 tokens need none, the 128 and more
of speech do.
"""

from collections.abc import Callable

import torch

P_FROM_START = 0.7  # of the batches with a past of their own; the others keep a prefix


def own_past(
    roll_out: Callable[[torch.Tensor], torch.Tensor], loa: torch.Tensor, p_own: float
) -> torch.Tensor:
    """Return a history of which parts are the model's own.

    Args:
        roll_out: The model: a true beginning, (B, K, D), to LOA that goes on from it,
            (B, L, D).
        loa: True LOA, (B, L, D).
        p_own: Chance of a batch to lose the truth from some place on.

    Returns:
        The history, (B, L, D), without gradients of its own.
    """
    # drawn on the CPU, whose state ESPnet sets at the start of each epoch
    own, from_start = torch.rand(2)
    place = int(torch.randint(1, loa.shape[1], ())) if loa.shape[1] > 1 else 0
    if own >= p_own:
        return loa
    with torch.no_grad():
        return roll_out(loa[:, : 0 if from_start < P_FROM_START else place])
