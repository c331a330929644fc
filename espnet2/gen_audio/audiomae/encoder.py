"""AudioMAE's encoder: a vision transformer that reads filter banks.

Shapes: B clips, F frames, M bins, P patches, K visible patches, D features.
Source: AudioMAE, arXiv:2207.06405. Published sizes (ViT-B/16): D 768, 12 layers, 12
heads. The names of the weights are the published ones.
"""

import torch

from espnet2.gen_audio.audiomae.masking import PatchMask
from espnet2.gen_audio.audiomae.patches import PatchEmbedding
from espnet2.gen_audio.audiomae.positions import position_table
from espnet2.gen_audio.audiomae.transformer import EPSILON, Block
from espnet2.gen_audio.feats.clip import ClipGeometry


class AudioMAEEncoder(torch.nn.Module):
    """Map a filter bank to one feature vector per visible patch.

    Args:
        geometry: Size of the filter bank and of its patches.
        width: Features of a token.
        layers: Number of blocks.
        heads: Attention heads of a block.
        mlp_ratio: Hidden size of a block's feed-forward layers, as a multiple of width.
        grid_order: Order of the position table, ``published`` or ``true``.
        feature_layers: Number of blocks, counted from the last, whose outputs are
            averaged for LOA; 3 published.

    Raises:
        ValueError: If there are fewer layers than ``feature_layers``.
    """

    def __init__(
        self,
        geometry: ClipGeometry,
        *,
        width: int = 768,
        layers: int = 12,
        heads: int = 12,
        mlp_ratio: float = 4.0,
        grid_order: str = "published",
        feature_layers: int = 3,
    ):
        super().__init__()
        if not 0 < feature_layers <= layers:
            raise ValueError(
                f"features are averaged over the last {feature_layers} blocks, but "
                f"the encoder has {layers}; use at least as many layers"
            )
        self.grid = (geometry.time_patches, geometry.freq_patches)
        self.width = width
        self.feature_layers = feature_layers
        self.patch_embed = PatchEmbedding(geometry.patch, width)
        self.cls_token = torch.nn.Parameter(torch.zeros(1, 1, width))
        # a parameter, although not trained: published weights contain it under this
        # name
        table = position_table(width, self.grid, grid_order)
        self.pos_embed = torch.nn.Parameter(table, requires_grad=False)
        blocks = [Block(width, heads, mlp_ratio) for _ in range(layers)]
        self.blocks = torch.nn.ModuleList(blocks)
        self.norm = torch.nn.LayerNorm(width, eps=EPSILON)
        torch.nn.init.normal_(self.cls_token, std=0.02)
        self.blocks.apply(xavier_linear)

    def forward(
        self, fbank: torch.Tensor, mask: PatchMask | None = None
    ) -> torch.Tensor:
        """Return the features of the class token and the visible patches.

        Args:
            fbank: Normalised filter bank, (B, F, M).
            mask: The visible patches; all if None.

        Returns:
            Features after the final norm, (B, 1 + K, D).
        """
        tokens = self._tokens(fbank, mask)
        for block in self.blocks:
            tokens = block(tokens)
        return self.norm(tokens)

    def patch_features(self, fbank: torch.Tensor) -> torch.Tensor:
        """Return the features from which LOA is pooled.

        The features are the mean over the outputs of the last blocks, after the final
        norm.

        Args:
            fbank: Normalised filter bank, (B, F, M).

        Returns:
            Features without the class token, time-major, (B, P, D).
        """
        tokens = self._tokens(fbank, None)
        normed = []
        for number, block in enumerate(self.blocks):
            tokens = block(tokens)
            if number >= len(self.blocks) - self.feature_layers:
                normed.append(self.norm(tokens))
        return torch.stack(normed).mean(dim=0)[:, 1:]

    def _tokens(self, fbank: torch.Tensor, mask: PatchMask | None) -> torch.Tensor:
        patches = self.patch_embed(fbank)
        if patches.shape[1] != self.grid[0] * self.grid[1]:
            raise ValueError(
                f"a filter bank of {tuple(fbank.shape[1:])} has {patches.shape[1]} "
                f"patches, but the encoder has a grid of {self.grid}; use the "
                "geometry of its training"
            )
        patches = patches + self.pos_embed[:, 1:]
        if mask is not None:
            patches = mask.keep(patches)
        cls_token = (self.cls_token + self.pos_embed[:, :1]).expand(
            len(patches), -1, -1
        )
        return torch.cat([cls_token, patches], dim=1)


def xavier_linear(module: torch.nn.Module) -> None:
    """Initialise a linear layer as in MAE; leave other modules unchanged.

    Args:
        module: Any module; use with ``Module.apply``.
    """
    if isinstance(module, torch.nn.Linear):
        torch.nn.init.xavier_uniform_(module.weight)
        torch.nn.init.zeros_(module.bias)
