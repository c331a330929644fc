"""A given sound, and its parts as input of the models.

Shapes: T samples.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from espnet2.gen_audio.feats.waveform import PEAK, read_waveform, resample

_SILENT = 1e-4  # sounds with a lower peak are not amplified


@dataclass(frozen=True)
class Source:
    """A sound at the models' rate, with its original level.

    Attributes:
        wave: Samples of one channel, (T,).
        rate_before: Sampling rate that the sound had, in Hz.
    """

    wave: torch.Tensor
    rate_before: int

    @classmethod
    def from_file(cls, path: str | Path, sample_rate: int) -> "Source":
        """Read a file; average its channels, and resample it if the rate differs.

        Args:
            path: Anything that libsndfile reads.
            sample_rate: Rate of the models, in Hz.

        Returns:
            The sound; a mono file of that rate is unchanged to the bit.

        Raises:
            ValueError: If the file cannot be used; the message names the file and the
                reason.
        """
        import soundfile

        wave = read_waveform(path, sample_rate)
        return cls(torch.from_numpy(wave), soundfile.info(str(path)).samplerate)

    @classmethod
    def from_wave(cls, wave: np.ndarray, rate: int, sample_rate: int) -> "Source":
        """Make a source from samples.

        Args:
            wave: Samples, (T,).
            rate: Their rate, in Hz.
            sample_rate: Rate of the models, in Hz.

        Returns:
            The sound.

        Raises:
            ValueError: If there are no samples, or some are not finite.
        """
        wave = np.asarray(wave, dtype=np.float32)
        if wave.ndim != 1 or not len(wave) or not np.isfinite(wave).all():
            raise ValueError(
                f"a sound of shape {wave.shape} was given; one channel of finite "
                "samples is needed"
            )
        return cls(torch.from_numpy(resample(wave, rate, sample_rate)), rate)

    def __len__(self) -> int:
        """Return the number of samples."""
        return len(self.wave)

    def crop(self, start: int, end: int, samples: int) -> "Crop":
        """Return a part as input of the models.

        Args:
            start: First sample.
            end: One after its last sample.
            samples: Number of samples of the result; a shorter part is extended by
                mirroring.

        Returns:
            The part at the models' level.
        """
        part = self.wave[start:end].double().numpy()
        mean = float(part.mean())
        peak = float(np.abs(part - mean).max())
        gain = PEAK / peak if peak > _SILENT else 1.0
        mirrored = np.pad((part - mean) * gain, (0, samples - len(part)), "symmetric")
        return Crop(torch.from_numpy(mirrored.astype(np.float32)), gain, mean)


@dataclass(frozen=True)
class Crop:
    """A part of a sound at the level of the training clips.

    Attributes:
        wave: Mean removed, peak 0.5, (samples,).
        gain: Factor it was multiplied by.
        mean: Mean that was subtracted before.
    """

    wave: torch.Tensor
    gain: float
    mean: float

    def at_own_level(self, made: torch.Tensor) -> torch.Tensor:
        """Scale a generated sound, (T,), to the level of the source."""
        return made / self.gain + self.mean
