"""Read a clip as one channel, resample it and normalise its peak.

Shapes: T samples. Source: AudioLDM 2, arXiv:2308.05734, training front end. The
published models keep the first channel; this code averages the channels unless one is
selected.
"""

import math
from pathlib import Path

import numpy as np
import torch

from espnet2.gen_audio.feats.sinc import resample_in_pieces, sinc_interpolate
from espnet2.gen_audio.feats.sound_limits import UnusableSound
from espnet2.gen_audio.feats.sound_parts import read_part

PEAK = 0.5
HIGHEST_RATE = 1_000_000  # hertz; no accepted file exceeds it, even if speeded up
_DENSE_TAPS = 1 << 21  # largest kernel for torchaudio: 16 MB in float64
_LONG = 1 << 24  # samples, 6 minutes at 48 kHz; longer sounds are resampled in pieces
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
        UnusableSound: If the file is unusable or the channel does not exist; the
            message names the file.
    """
    try:
        sound = read_part(path, start, end, channel)
    except ValueError as error:
        raise UnusableSound(f"{path}: {error}") from error
    return resample(sound.wave, sound.rate, sample_rate)


def resample(wave: np.ndarray, rate: int, new_rate: int) -> np.ndarray:
    """Change the rate with a windowed sinc.

    The filter is torchaudio's default. If torchaudio's kernel would be large (rates
    with a small common divisor), ``sinc_interpolate`` computes the same sum without the
    kernel's zeros. Otherwise the result of a sound below ``_LONG`` samples is
    torchaudio's, bit for bit.

    Args:
        wave: Samples, (T,).
        rate: Their rate, in hertz.
        new_rate: Rate of the result, in hertz.

    Returns:
        Samples in float32, (ceil(T * new_rate / rate),).

    Raises:
        ValueError: If a rate is not within 1 and ``HIGHEST_RATE``.
    """
    if not (1 <= rate <= HIGHEST_RATE and 1 <= new_rate <= HIGHEST_RATE):
        raise ValueError(
            f"cannot resample from {rate} to {new_rate} Hz: rates from 1 to"
            f" {HIGHEST_RATE} Hz are accepted"
        )
    wave = np.asarray(wave, dtype=np.float32)
    if rate == new_rate:
        return wave
    common = math.gcd(rate, new_rate)
    if rate // common * (new_rate // common) > _DENSE_TAPS:
        return sinc_interpolate(wave, rate, new_rate)
    if max(len(wave), len(wave) * new_rate // rate) > _LONG:
        return resample_in_pieces(wave, rate, new_rate)
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
    bad = int((~np.isfinite(wave)).sum())
    if bad:
        raise ValueError(f"{bad} of {len(wave)} samples of the waveform are not finite")
    centred = wave - np.mean(wave, dtype=np.float64)
    scaled = centred / (np.abs(centred).max() + _SMALLEST) * peak
    return scaled.astype(np.float32)
