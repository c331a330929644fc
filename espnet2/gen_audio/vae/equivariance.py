"""Equivariance of the decoder: a transformed latent gives the transformed mel.

For a random part of the batches, the decoder reconstructs a transformed mel spectrogram
from the equally transformed latent, instead of the original pair. The latents of
similar sounds then become more similar, which a diffusion model learns faster.

The transformations are those after which a log mel spectrogram is still a plausible
one: a later start, averages of neighbouring frames and bands (a shorter sound with
fewer bands), and a gain, which adds a constant to every value. Mirroring and rotation,
which are used for images, are not.

Shapes: B clips, T mel frames, M mel bands, latent (C, T', F').
Source: EQ-VAE, arXiv:2502.09509, eq. 6 and the mixture with original pairs.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch.nn.functional import interpolate

from espnet2.gen_audio.feats.clip import ClipGeometry


@dataclass(frozen=True)
class Transform:
    """One transformation of mel spectrograms and of their latents.

    Args:
        time: Factor on the number of frames, at most 1.
        frequency: Factor on the number of bands, at most 1.
        shift: Number of latent frames that are removed at the start.
        gain: Number that is added to the log mel spectrogram (natural logarithm).
    """

    time: float = 1.0
    frequency: float = 1.0
    shift: int = 0
    gain: float = 0.0

    def of_mel(self, mel: torch.Tensor, downsample: int) -> torch.Tensor:
        """Return the transformed mel spectrogram.

        Args:
            mel: Log mel spectrogram, (B, T, M).
            downsample: Mel frames per latent frame.

        Returns:
            (B, T x time - shift x downsample, M x frequency).
        """
        kept = self._scaled(mel.unsqueeze(1), self.shift * downsample).squeeze(1)
        return kept + self.gain if self.gain else kept

    def of_latent(
        self, latent: torch.Tensor, gain_direction: torch.Tensor | None = None
    ) -> torch.Tensor:
        """Return the transformed latent.

        Args:
            latent: (B, C, T', F').
            gain_direction: Change of each channel by a gain of 1, (C,); needed for a
                gain only.

        Returns:
            (B, C, T' x time - shift, F' x frequency).

        Raises:
            ValueError: If there is a gain, but no ``gain_direction``.
        """
        kept = self._scaled(latent, self.shift)
        if not self.gain:
            return kept
        if gain_direction is None:
            raise ValueError(
                f"a gain of {self.gain} needs gain_direction, its effect on a "
                "latent; this autoencoder has none, so leave max_gain at 0"
            )
        return kept + self.gain * gain_direction[:, None, None]

    def _scaled(self, maps: torch.Tensor, skipped: int) -> torch.Tensor:
        """Remove frames at the start, then average neighbours; (B, C, frames, bins)."""
        maps = maps[:, :, skipped:]
        if self.time == self.frequency == 1.0:
            return maps
        rows, columns = maps.shape[2:]
        size = (round(rows * self.time), round(columns * self.frequency))
        return interpolate(maps, size=size, mode="area")


class Equivariance:
    """Random generator of the transformations in training.

    Args:
        geometry: Sizes of mel and latent.
        frames: Number of mel frames of a clip in training.
        probability: Probability that a batch is transformed.
        time_scales: Factors that shorten only time.
        scales: Factors that shorten time and frequency.
        max_shift: Largest number of latent frames that are removed at the start; no
            shifts if 0.
        max_gain: Largest absolute gain (natural logarithm); no gains if 0.

    Raises:
        ValueError: If a value is out of range, a factor does not give a whole number of
            latent frames or bins, or there is no transformation.
    """

    def __init__(
        self,
        geometry: ClipGeometry,
        frames: int,
        *,
        probability: float = 0.5,
        time_scales: Sequence[float] = (0.5,),
        scales: Sequence[float] = (),
        max_shift: int = 0,
        max_gain: float = 0.0,
    ):
        if not 0.0 < probability <= 1.0:
            raise ValueError(
                f"probability {probability} must be above 0 and at most 1; remove "
                "equivariance to train without it"
            )
        rows, columns = frames // geometry.downsample, geometry.latent_shape[2]
        for scale in time_scales:
            _check_scale(scale, rows, "latent frames")
        for scale in scales:
            _check_scale(scale, rows, "latent frames")
            _check_scale(scale, columns, "latent bins")
        if not 0 <= max_shift < rows:
            raise ValueError(
                f"max_shift {max_shift} must be from 0 to {rows - 1}: a training clip "
                f"has {rows} latent frames"
            )
        if max_gain < 0:
            raise ValueError(f"max_gain {max_gain} must be 0 or more")
        self.probability = probability
        self.scalings = [Transform(time=each) for each in time_scales]
        self.scalings += [Transform(time=each, frequency=each) for each in scales]
        self.max_shift = max_shift
        self.max_gain = max_gain
        if not (self.scalings or max_shift or max_gain):
            raise ValueError(
                "equivariance has no transformation; give time_scales, scales, "
                "max_shift or max_gain, or remove equivariance"
            )

    def draw(self) -> Transform | None:
        """Return the transformation of the next batch; None for an original batch.

        A scaling, a shift or a gain; all scalings, the shift and the gain have equal
        probability.
        """
        if torch.rand(()).item() >= self.probability:
            return None
        choices = list(self.scalings)
        if self.max_shift:
            choices.append(Transform(shift=1 + int(torch.randint(self.max_shift, ()))))
        if self.max_gain:
            gain = self.max_gain * (2.0 * torch.rand(()).item() - 1.0)
            choices.append(Transform(gain=gain))
        return choices[int(torch.randint(len(choices), ()))]


def _check_scale(scale: float, size: int, what: str) -> None:
    if not 0.0 < scale < 1.0 or not (size * scale).is_integer():
        raise ValueError(
            f"scale {scale} must be between 0 and 1 and give whole {what} of {size}; "
            "0.5 does for an even number"
        )
