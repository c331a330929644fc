"""Join given and generated sound: cross-fades, added bands, and full scale.

Shapes: T samples.
"""

import logging
import math

import torch
from torch.nn.functional import avg_pool1d, max_pool1d

FADE = 0.2  # seconds of cross-fade at a border
_FALL = 300.0  # dB a second, 3 dB a hundredth; recordings change as fast
_REACH = 160  # samples over which a loud place lowers its surroundings


def cross_faded(
    given: torch.Tensor, made: torch.Tensor, start: int, end: int, fade: int, rate: int
) -> torch.Tensor:
    """Replace a stretch of a sound; outside it and its fades nothing changes.

    The fades lie before ``start`` and behind ``end``, where both sounds have the same
    content, so that nothing is left of the stretch that is replaced. The given sound
    falls evenly in decibels, by 60 in a fifth of a second: in an even fade of the
    amplitude the last hundredth of a second would take away all that the generated
    sound lacks, such as a brighter upper band. A fade of few samples is nearly even in
    amplitude.

    Args:
        given: The sound, (T,).
        made: What replaces it, (T,), and continues the sound beyond both borders.
        start: First replaced sample.
        end: Behind the last one.
        fade: Samples of a fade; less where the sound ends before.
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
    """Return the generated sound's blend weight along a fade, rising, (fade,)."""
    place = torch.arange(1, fade + 1, dtype=torch.float64) / (fade + 1)
    last = 10 ** (-_FALL * fade / rate / 20)
    return (1 - last**place) / (1 - last)


def upper_band(high: torch.Tensor, cut: float, rate: int) -> torch.Tensor:
    """Return what a sound has above a frequency.

    The filter has linear phase and reaches from the cut to a tenth of an octave above
    it; below the cut it takes away more than 60 dB.

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
    """Add a made sound to a given one, which keeps its level.

    Args:
        given: The given sound, (T,).
        made: What is added, (T,); lowered where the sum would clip.
        what: Its name in the log.

    Returns:
        (T,).
    """
    total = given.double() + made.double()
    over = total.abs() > 1.0
    if over.any():
        headroom = (1.0 - given.double().abs()).clamp(min=0.0)
        gain = float((headroom / made.double().abs())[over].min())
        logging.warning("%s: the made band is lowered to %.2f of its level", what, gain)
        total = given.double() + gain * made.double()
    return total.to(given.dtype)


def within_full_scale(made: torch.Tensor, what: str) -> torch.Tensor:
    """Lower what was made where it would clip, and there only.

    Elsewhere its level stays, so that it still fits the given sound at their seams.

    Args:
        made: What the models made, (T,).
        what: Its name in the log.

    Returns:
        (T,), within -1 to 1.
    """
    peak = float(made.abs().max())
    if peak <= 1.0:
        return made
    logging.warning("%s: the made part's peak %.2f is lowered to 1", what, peak)
    size = {"kernel_size": 2 * _REACH + 1, "stride": 1, "padding": _REACH}
    loudest = max_pool1d(made.abs()[None, None], **size)
    gain = 1.0 / loudest.clamp(min=1.0)
    # a mean of gains that each suffice for this sample
    smooth = avg_pool1d(gain, **size, count_include_pad=False)
    return (made * smooth[0, 0]).clamp(-1.0, 1.0)
