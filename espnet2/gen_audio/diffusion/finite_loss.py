"""The message about clips whose diffusion loss is not finite.

Shapes: B clips.
"""

from collections.abc import Sequence

import torch


def not_finite(loss: torch.Tensor, utt_id: Sequence[str] | None) -> str | None:
    """Return the message about losses that are not finite.

    Args:
        loss: Loss of each clip, (B,).
        utt_id: Ids of the clips.

    Returns:
        The message; None if all losses are finite.
    """
    bad = (~torch.isfinite(loss)).nonzero().flatten().tolist()
    names = [utt_id[n] for n in bad] if utt_id else f"clips {bad} of the batch"
    message = f"the diffusion loss is not finite for {names}; look at their latents "
    return message + "and conditions, then lower the learning rate" if bad else None
