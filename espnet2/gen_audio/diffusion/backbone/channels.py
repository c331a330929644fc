"""Channel concatenation: a condition as extra channels of the latent.

Each position of the condition is placed at its time (and frequency) in the latent. With
cross-attention, the network has to learn which position belongs to which cell of the
latent. For speech, with 128 and more LOA tokens, a small network cannot learn this in a
recipe of some minutes. No published weights have such channels.

Shapes: B clips, L positions, D features, G channels, T latent frames, F latent bins.
"""

import torch
from torch.nn.functional import interpolate

from espnet2.gen_audio.condition.condition import Condition
from espnet2.gen_audio.condition.spec import ConditionSpec
from espnet2.gen_audio.feats.clip import ClipGeometry


class ConditionChannels(torch.nn.Module):
    """Project a condition to channels that are concatenated to the latent.

    Positions of a patch grid are placed at the time and frequency of their patches;
    other positions are spread over the time of the clip, for all frequencies.

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
        """Return the channels of a condition.

        Args:
            condition: Positions of whole clips, (B, L, D): a patch grid pooled by any
                factor, or successive positions.
            frames: Number T of latent frames, at most those of a clip; a shorter latent
                is the beginning of a clip.

        Returns:
            Channels, (B, G, T, F).

        Raises:
            ValueError: If no pooling factor gives this number of positions, or the
                latent is longer than a clip.
        """
        geometry = self.geometry
        if frames > geometry.latent_frames:
            raise ValueError(
                f"a latent of {frames} frames was given, but {self.name} covers "
                f"{geometry.latent_frames}; longer sounds are generated in windows"
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
        # with the length of each clip, since clips of a batch may have different
        # lengths
        place = frames[None] * lengths.clamp(min=1)[:, None] // total
        place = place[:, None].expand(-1, projected.shape[1], -1)
        spread = projected.gather(2, place)[..., None]
        return spread.expand(-1, -1, -1, self.geometry.latent_bins)

    def _grid(self, tokens: int) -> tuple[int, int]:
        """Return the number of tokens along (time, frequency)."""
        geometry = self.geometry
        for factor in range(1, geometry.time_patches + 1):
            try:
                time, freq = geometry.pool_factors(factor)
            except ValueError:
                continue  # the factor does not divide the grid
            grid = geometry.time_patches // time, geometry.freq_patches // freq
            if grid[0] * grid[1] == tokens:
                return grid
        raise ValueError(
            f"{self.name} of {tokens} tokens was given; no pooling factor of "
            f"{geometry.num_patches} patches gives this number"
        )
