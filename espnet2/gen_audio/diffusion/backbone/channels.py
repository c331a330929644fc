"""Channel concatenation: a condition beside the latent, each position in its place.

Shapes: B clips, L positions, D features, G channels, T latent frames, F latent bins.
Attention has to learn which of the positions belongs to a cell of the latent; with the
128 and more LOA tokens of speech that takes a small network longer than a recipe of
minutes has. As channels beside the latent they are in place from the first step on. No
published weights have this.
"""

import torch
from torch.nn.functional import interpolate

from espnet2.gen_audio.conditioner.condition import Condition
from espnet2.gen_audio.conditioner.spec import ConditionSpec
from espnet2.gen_audio.feats.clip import ClipGeometry


class ConditionChannels(torch.nn.Module):
    """Make channels beside the latent out of a condition.

    The positions of a patch grid go where their patches lie in time and frequency;
    others are spread over the time of the clip, alike for every frequency.

    Args:
        geometry: Patches and latent of a clip.
        spec: The condition, with the role ``channels``.
    """

    def __init__(self, geometry: ClipGeometry, spec: ConditionSpec):
        super().__init__()
        self.geometry = geometry
        self.name = spec.name
        self.patch_grid = spec.patch_grid
        self.projection = torch.nn.Linear(spec.width, spec.num_channels)

    def forward(self, condition: Condition, frames: int) -> torch.Tensor:
        """Put positions in their places.

        Args:
            condition: Positions of whole clips, (B, L, D): a patch grid pooled by any
                factor, or successive positions.
            frames: T, at most those of a clip: a shorter sound is a clip's beginning.

        Returns:
            Channels, (B, G, T, F).

        Raises:
            ValueError: If no factor gives as many positions of a patch grid, or the
                latent is too long.
        """
        geometry = self.geometry
        if frames > geometry.latent_frames:
            raise ValueError(
                f"a latent of {frames} frames was given, but {self.name} covers "
                f"{geometry.latent_frames}; longer sounds are made in windows"
            )
        projected = self.projection(condition.embedding).transpose(1, 2)
        if not self.patch_grid:
            return self._in_time(projected, condition.lengths)[:, :, :frames]
        grid = self._grid(projected.shape[2])
        size = (geometry.latent_frames, geometry.latent_bins)
        placed = interpolate(projected.unflatten(2, grid), size=size, mode="nearest")
        return placed[:, :, :frames]

    def _in_time(self, projected: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        """Spread the valid positions of every clip over its time, (B, G, T, F)."""
        total = self.geometry.latent_frames
        frames = torch.arange(total, device=projected.device)
        # each clip's own positions: its batch may hold longer ones
        place = frames[None] * lengths.clamp(min=1)[:, None] // total
        place = place[:, None].expand(-1, projected.shape[1], -1)
        spread = projected.gather(2, place)[..., None]
        return spread.expand(-1, -1, -1, self.geometry.latent_bins)

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
            f"{self.name} of {tokens} tokens was given; no pooling factor of "
            f"{geometry.num_patches} patches gives that many"
        )
