"""AudioMAE's decoder: predicts all patches from the visible ones; for training only.

Shapes: B clips, P patches, K visible patches, D features of the encoder, p side of a
patch. Source: AudioMAE, arXiv:2207.06405, section 3 (local attention in windows).
"""

from collections.abc import Sequence

import torch

from espnet2.gen_audio.audiomae.encoder import xavier_linear
from espnet2.gen_audio.audiomae.masking import PatchMask
from espnet2.gen_audio.audiomae.positions import position_table
from espnet2.gen_audio.audiomae.transformer import EPSILON, Block, WindowBlock
from espnet2.gen_audio.feats.clip import ClipGeometry

KINDS = ("swin", "global")
SHIFTS = ((0, 0), (2, 0))  # shift of the windows, for even and odd blocks


class AudioMAEDecoder(torch.nn.Module):
    """Map the features of the visible patches to the values of all patches.

    Args:
        geometry: Size of the filter bank and of its patches.
        encoder_width: Width D of the encoder.
        kind: ``swin``: attention within windows of 4 x 4 patches, shifted by two time
            steps in every other block; ``global``: attention over all patches and the
            class token.
        width: Width of the decoder.
        layers: Number of blocks.
        heads: Attention heads of a block.
        grid_order: ``published`` or ``true``, see ``positions``.

    Raises:
        ValueError: If the kind is unknown or the windows do not divide the grid.
    """

    def __init__(
        self,
        geometry: ClipGeometry,
        encoder_width: int,
        *,
        kind: str = "swin",
        width: int = 512,
        layers: int = 16,
        heads: int = 16,
        grid_order: str = "published",
    ):
        super().__init__()
        if kind not in KINDS:
            raise ValueError(
                f"decoder kind {kind!r} is unknown; use {' or '.join(KINDS)}"
            )
        grid = (geometry.time_patches, geometry.freq_patches)
        self.kind = kind
        self.embed = torch.nn.Linear(encoder_width, width)
        self.mask_token = torch.nn.Parameter(torch.zeros(1, 1, width))
        table = position_table(width, grid, grid_order)
        self.register_buffer("pos_embed", table, persistent=False)
        self.blocks = torch.nn.ModuleList(_blocks(kind, width, heads, layers, grid))
        self.norm = torch.nn.LayerNorm(width, eps=EPSILON)
        self.pred = torch.nn.Linear(width, geometry.patch**2)
        torch.nn.init.normal_(self.mask_token, std=0.02)
        self.apply(xavier_linear)

    def forward(self, features: torch.Tensor, mask: PatchMask) -> torch.Tensor:
        """Predict all patches, in the scale of the target.

        The target has every patch normalised to mean 0 and variance 1.

        Args:
            features: The encoder's output, class token first, (B, 1 + K, D).
            mask: The mask that the encoder was given.

        Returns:
            Values, (B, P, p * p).
        """
        features = self.embed(features)
        patches = mask.put_back(features[:, 1:], self.mask_token)
        tokens = torch.cat([features[:, :1], patches], dim=1) + self.pos_embed
        if self.kind == "swin":
            tokens = tokens[:, 1:]  # the class token belongs to no window
        for block in self.blocks:
            tokens = block(tokens)
        return self.pred(self.norm(tokens))[:, -mask.restore.shape[1] :]


def _blocks(
    kind: str, width: int, heads: int, layers: int, grid: tuple[int, int]
) -> Sequence[torch.nn.Module]:
    if kind == "global":
        return [Block(width, heads) for _ in range(layers)]
    shifts = (SHIFTS[number % len(SHIFTS)] for number in range(layers))
    return [WindowBlock(width, heads, grid, shift) for shift in shifts]
