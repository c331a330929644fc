"""Cut a filter bank into square patches.

Shapes: B clips, F frames, M bins, p side of a patch, P = (F / p) * (M / p) patches in
time-major order (patch n is at time step n // (M / p)), D features.
Source: AudioMAE, arXiv:2207.06405, section 3.
"""

import torch


def patchify(fbank: torch.Tensor, side: int) -> torch.Tensor:
    """Cut a filter bank into patches, in the layout of the decoder's predictions.

    Args:
        fbank: Filter bank, (B, F, M).
        side: Side of a patch, p.

    Returns:
        Patches in time-major order, and the values of each patch in time-major order,
        (B, P, p * p).

    Raises:
        ValueError: If the filter bank cannot be divided into patches.
    """
    frames, bins = fbank.shape[1:]
    if frames % side or bins % side:
        raise ValueError(
            f"a filter bank of {frames} x {bins} cannot be divided into patches of "
            f"{side} x {side}; use a clip length and a number of bins that can"
        )
    cells = fbank.unflatten(2, (-1, side)).unflatten(1, (-1, side))
    return cells.transpose(2, 3).flatten(3).flatten(1, 2)  # from (B, t, p, f, p)


class PatchEmbedding(torch.nn.Module):
    """Project each patch to a token: a convolution with stride equal to its kernel.

    Args:
        side: Side of a patch.
        width: Features of a token.
    """

    def __init__(self, side: int, width: int):
        super().__init__()
        self.proj = torch.nn.Conv2d(1, width, kernel_size=side, stride=side)
        # as in MAE: the convolution is initialised like the equivalent linear layer
        torch.nn.init.xavier_uniform_(self.proj.weight.view(width, -1))

    def forward(self, fbank: torch.Tensor) -> torch.Tensor:
        """Return the tokens, time-major.

        Args:
            fbank: Filter bank, (B, F, M).

        Returns:
            Tokens, (B, P, D).
        """
        return self.proj(fbank.unsqueeze(1)).flatten(2).transpose(1, 2)
