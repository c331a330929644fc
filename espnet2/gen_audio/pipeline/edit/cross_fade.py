"""Join given and generated sound: cross-fades, added bands, and full scale.

Shapes: T samples.
"""

import logging
import math

import torch
from torch.nn.functional import avg_pool1d, max_pool1d

FADE = 0.2  # seconds of cross-fade at a border
_FALL = 300.0  # dB per second, as fast as levels change in recordings
_REACH = 160  # samples on each side of a peak that are attenuated too
_AROUND = {"kernel_size": 2 * _REACH + 1, "stride": 1, "padding": _REACH}
_ROOM = 0.25  # peak of an added band that is kept beside a sound at full scale


def cross_faded(
    given: torch.Tensor, made: torch.Tensor, start: int, end: int, fade: int, rate: int
) -> torch.Tensor:
    """Replace a span of a sound, with cross-fades outside the span.

    The fades are before ``start`` and after ``end``, where both sounds have equal
    content, so that no sample of the replaced span remains. The given sound is faded
    linearly in decibels, by 60 dB in a fifth of a second. (With a linear fade of the
    amplitude, content that the generated sound lacks, such as a brighter upper band,
    would disappear within the last hundredth of a second.) A short fade is nearly
    linear in amplitude.

    Args:
        given: The sound, (T,).
        made: The replacement, (T,), which continues beyond the span on both sides.
        start: First replaced sample.
        end: One after the last replaced sample.
        fade: Length of a fade in samples; less where the sound begins or ends sooner.
        rate: Sampling rate in Hz.

    Returns:
        (T,).
    """
    weight = torch.zeros(len(given), dtype=torch.float64)
    weight[start:end] = 1.0
    before, behind = min(fade, start), min(fade, len(given) - end)
    slope = _slope(fade, rate)
    if before:
        weight[start - before : start] = slope[fade - before :]
    if behind:
        weight[end : end + behind] = slope.flip(0)[:behind]
    mixed = given.double() + weight * (made.double() - given.double())
    return torch.where(weight > 0, mixed.to(given.dtype), given)


def _slope(fade: int, rate: int) -> torch.Tensor:
    """Return the rising blend weight of the generated sound along a fade, (fade,)."""
    place = torch.arange(1, fade + 1, dtype=torch.float64) / (fade + 1)
    last = 10 ** (-_FALL * fade / rate / 20)
    return (1 - last**place) / (1 - last)


def upper_band(high: torch.Tensor, cut: float, rate: int) -> torch.Tensor:
    """High-pass filter a sound.

    The filter has linear phase and a transition band of a tenth of an octave above the
    cut; it attenuates by more than 60 dB below the cut.

    Args:
        high: The sound, (T,).
        cut: Frequency in Hz.
        rate: Sampling rate in Hz.

    Returns:
        (T,).
    """
    width = 0.07 * cut
    half = math.ceil(2.0 * rate / width)  # Kaiser window, 70 dB
    taps = torch.arange(-half, half + 1, dtype=torch.float64)
    middle = (cut + width / 2) / rate
    window = torch.kaiser_window(
        len(taps), periodic=False, beta=6.76, dtype=torch.float64
    )
    lowpass = 2 * middle * torch.sinc(2 * middle * taps) * window
    lowpass = lowpass / lowpass.sum()
    size = 2 ** math.ceil(math.log2(len(high) + 2 * half))
    filtered = torch.fft.irfft(
        torch.fft.rfft(high.double(), size) * torch.fft.rfft(lowpass, size), size
    )
    return high.double() - filtered[half : half + len(high)]


def added_within_full_scale(
    given: torch.Tensor, made: torch.Tensor, what: str
) -> torch.Tensor:
    """Add a generated sound to a given one without clipping.

    Only around samples that would clip, the generated sound is attenuated to the room
    that the given sound leaves there, or to a fourth of full scale if this is more;
    then the sum is attenuated, by 2 dB at most. (Recordings have peaks near full scale
    everywhere; without these 2 dB nothing could be added to them.)

    Args:
        given: The given sound, (T,), within -1 to 1.
        made: The generated sound, (T,).
        what: Name in the log.

    Returns:
        (T,), within -1 to 1; the plain sum if that does not clip.
    """
    whole, band = given.double(), made.double()
    clips = (whole + band).abs() > 1.0
    if clips.any():
        room = (1.0 - _loudest(whole)).clamp(min=_ROOM)
        gain = _attenuation(torch.where(clips, band.abs() / room, 0.0))
        lowest = float(gain.min())
        logging.warning("%s: the new band is attenuated to %.2f times", what, lowest)
        band = band * gain
    return within_full_scale(whole + band, what).to(given.dtype)


def within_full_scale(made: torch.Tensor, what: str) -> torch.Tensor:
    """Attenuate a sound around samples that would clip.

    The level of all other samples is kept, so that a generated sound has no jump in
    level where it joins the given sound.

    Args:
        made: The sound, (T,).
        what: Name in the log.

    Returns:
        (T,), within -1 to 1.
    """
    peak = float(made.abs().max())
    if peak <= 1.0:
        return made
    logging.warning("%s: the new peak of %.2f is attenuated to 1", what, peak)
    return (made * _attenuation(made)).clamp(-1.0, 1.0)


def _attenuation(excess: torch.Tensor) -> torch.Tensor:
    """Return a smooth gain, (T,), that brings magnitudes above 1 to 1 at most."""
    gain = 1.0 / _loudest(excess).clamp(min=1.0)
    # each averaged gain is small enough for this sample, so their mean is, too
    return avg_pool1d(gain[None, None], **_AROUND, count_include_pad=False)[0, 0]


def _loudest(wave: torch.Tensor) -> torch.Tensor:
    """Return the largest magnitude around each sample, (T,)."""
    return max_pool1d(wave.abs()[None, None], **_AROUND)[0, 0]
