"""A clip as the models read it: one channel, one rate, one level.

Shapes: T samples. Source: AudioLDM 2, arXiv:2308.05734, training front end; the
published models keep the first channel, here the channels are averaged unless one
is named.
"""

from pathlib import Path

import numpy as np
import torch

from espnet2.gen_audio.feats.sound_file import read_sound

PEAK = 0.5
_SMALLEST = 1e-8  # keeps digital silence at zero instead of dividing by it


def read_waveform(
    path: str | Path,
    sample_rate: int,
    start: float | None = None,
    end: float | None = None,
    channel: int | None = None,
) -> np.ndarray:
    """Read a sound file as one channel at one rate.

    Args:
        path: Sound file.
        sample_rate: Rate of the result, in hertz.
        start: Where to begin, in seconds; None is the beginning.
        end: Where to end, in seconds; None is the end of the file.
        channel: Channel to keep, from 0; None is the mean of all.

    Returns:
        Samples in float32, (T,).

    Raises:
        ValueError: If the channel does not exist. (An unusable file raises
            ``UnusableSound``, which is a ValueError as well.)
    """
    sound, rate = read_sound(path, start, end)
    if channel is not None and not 0 <= channel < sound.shape[1]:
        raise ValueError(
            f"{path} has {sound.shape[1]} channels; channel {channel} (from 0) is"
            " not among them"
        )
    return resample(to_mono(sound, channel), rate, sample_rate)


def to_mono(sound: np.ndarray, channel: int | None = None) -> np.ndarray:
    """Return one channel.

    Args:
        sound: Samples, (T, C).
        channel: Channel to keep, from 0; None is the mean of all.

    Returns:
        Samples, (T,).
    """
    if channel is None:
        return sound.mean(axis=1)
    return np.ascontiguousarray(sound[:, channel])


def resample(wave: np.ndarray, rate: int, new_rate: int) -> np.ndarray:
    """Change the rate with torchaudio's default windowed sinc.

    Args:
        wave: Samples, (T,).
        rate: Their rate, in hertz.
        new_rate: Rate of the result, in hertz.

    Returns:
        Samples in float32, (ceil(T * new_rate / rate),).
    """
    wave = np.asarray(wave, dtype=np.float32)
    if rate == new_rate:
        return wave
    from torchaudio.functional import resample as sinc_resample

    return sinc_resample(torch.from_numpy(wave), rate, new_rate).numpy()


def normalise_peak(wave: np.ndarray, peak: float = PEAK) -> np.ndarray:
    """Remove the mean and scale the largest magnitude to ``peak``.

    Args:
        wave: Samples, (T,), at least one.
        peak: Largest magnitude of the result.

    Returns:
        Samples in float32, (T,); silence stays silence.

    Raises:
        ValueError: If a sample is not finite.
    """
    if not np.isfinite(wave).all():
        raise ValueError("the waveform holds numbers that are not finite")
    centred = wave - np.mean(wave, dtype=np.float64)
    scaled = centred / (np.abs(centred).max() + _SMALLEST) * peak
    return scaled.astype(np.float32)
