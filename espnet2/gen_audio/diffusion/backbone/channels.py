"""LOA laid over the latent: every token where its patches lie in time and frequency.

Shapes: B clips, L LOA tokens, D features, G channels, T latent frames, F latent bins.
Attention has to learn which of the tokens belongs to a cell of the latent; with the 128
and more tokens of speech that takes a small network longer than a recipe of minutes
has. Laid over the latent, the tokens are in place from the first step on. No published
weights have this.
"""

import torch
from torch.nn.functional import interpolate

from espnet2.gen_audio.feats.clip import ClipGeometry


class LOAOverlay(torch.nn.Module):
    """Make channels beside the latent out of LOA tokens.

    Args:
        geometry: Patches and latent of a clip.
        loa_dim: D.
        width: G.
    """

    def __init__(self, geometry: ClipGeometry, loa_dim: int, width: int):
        super().__init__()
        self.geometry = geometry
        self.projection = torch.nn.Linear(loa_dim, width)

    def forward(self, loa: torch.Tensor, frames: int) -> torch.Tensor:
        """Lay tokens out.

        Args:
            loa: LOA tokens of whole clips, pooled by any factor, (B, L, D).
            frames: T, at most those of a clip: a shorter sound is a clip's beginning.

        Returns:
            Channels, (B, G, T, F).

        Raises:
            ValueError: If no factor gives as many tokens, or the latent is too long.
        """
        geometry = self.geometry
        if frames > geometry.latent_frames:
            raise ValueError(
                f"a latent of {frames} frames was given, but LOA lies over "
                f"{geometry.latent_frames}; longer sounds are made in windows"
            )
        grid = self._grid(loa.shape[1])
        image = self.projection(loa).transpose(1, 2).unflatten(2, grid)
        size = (geometry.latent_frames, geometry.latent_bins)
        return interpolate(image, size=size, mode="nearest")[:, :, :frames]

    def _grid(self, tokens: int) -> tuple[int, int]:
        """Return how many tokens lie along (time, frequency)."""
        geometry = self.geometry
        for factor in range(1, geometry.time_patches + 1):
            try:
                time, freq = geometry.pool_factors(factor)
            except ValueError:
                continue  # leaves a remainder
            grid = geometry.time_patches // time, geometry.freq_patches // freq
            if grid[0] * grid[1] == tokens:
                return grid
        raise ValueError(
            f"LOA of {tokens} tokens was given; no pooling factor of "
            f"{geometry.num_patches} patches gives that many"
        )
