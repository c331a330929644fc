"""Put what was made and what was given together to one waveform.

Shapes: T samples.
"""

import logging
import math

import torch

FADE = 0.02  # seconds in which given and made sound are mixed at a border


def faded_in(
    given: torch.Tensor, made: torch.Tensor, start: int, end: int, fade: int
) -> torch.Tensor:
    """Replace a stretch of a sound; outside it and its fades nothing changes.

    The fades lie before ``start`` and behind ``end``, where both sounds say the same,
    so that nothing of the stretch that is replaced is heard.

    Args:
        given: The sound, (T,).
        made: What replaces it, (T,), and continues the sound beyond both borders.
        start: First replaced sample.
        end: Behind the last one.
        fade: Samples of a fade; less where the sound ends before.

    Returns:
        (T,).
    """
    share = torch.zeros(len(given), dtype=torch.float64)
    share[start:end] = 1.0
    before, behind = min(fade, start), min(fade, len(given) - end)
    slope = torch.arange(1, fade + 1, dtype=torch.float64) / (fade + 1)
    if before:
        share[start - before : start] = slope[fade - before :]
    if behind:
        share[end : end + behind] = slope.flip(0)[:behind]
    mixed = given.double() + share * (made.double() - given.double())
    return torch.where(share > 0, mixed.to(given.dtype), given)


def crossed_over(
    low: torch.Tensor, high: torch.Tensor, cut: float, rate: int
) -> torch.Tensor:
    """Take what lies below a frequency from one sound and the rest from another.

    The filter has linear phase and reaches from the cut to a tenth of an octave above
    it; below the cut it takes away more than 60 dB of the second sound.

    Args:
        low: The sound that has nothing above the cut, (T,); it is not filtered.
        high: The sound whose upper band is added, (T,).
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
    upper = high.double() - filtered[half : half + len(high)]
    return (low.double() + upper).to(low.dtype)


def within_full_scale(made: torch.Tensor, what: str) -> torch.Tensor:
    """Lower what was made where it would clip; the given sound keeps its level.

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
    return made / peak
