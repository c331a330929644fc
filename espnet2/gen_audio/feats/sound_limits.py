"""Limits for sound files, whatever their headers state.

Shapes: T samples of C channels. Every error message is one sentence with the value that
was found, the accepted values and what to do. The words before its colon name the kind
of error; the summary of a stage counts errors by kind.
"""

import math

import numpy as np

LOWEST_RATE = 1000  # hertz; no recording has a lower rate
HIGHEST_RATE = 768_000  # hertz; no converter has a higher rate
MOST_SAMPLES = 1 << 26  # per part and channel: 23 minutes at 48 kHz, 70 at 16 kHz
GREATEST_LEVEL = 2.0**31  # floating point files hold 32-bit integers at most
SILENCE = 1e-4  # magnitudes up to this are digital silence
AGAIN = "copy or download the file again"
_LOUDEST_PART = 0.001  # share of the samples of a clip that may be damaged


class UnusableSound(ValueError):
    """A sound file that cannot be used; the message is the reason."""


def refuse_rate(rate: int) -> None:
    """Refuse a sampling rate that no recording has.

    Args:
        rate: Samples per second.

    Raises:
        UnusableSound: If the rate is out of bounds.
    """
    if not LOWEST_RATE <= rate <= HIGHEST_RATE:
        raise UnusableSound(
            f"sampling rate out of bounds: {rate} Hz; {LOWEST_RATE} to {HIGHEST_RATE}"
            " Hz are read, so resample the file or correct its header"
        )


def refuse_length(samples: int, rate: int) -> None:
    """Refuse a part that does not fit in memory.

    Args:
        samples: Samples of the part, or a lower bound of their number.
        rate: Their rate, in hertz.

    Raises:
        UnusableSound: If there are more than ``MOST_SAMPLES``.
    """
    if samples > MOST_SAMPLES:
        raise UnusableSound(
            f"too long: more than {MOST_SAMPLES} samples in one part, which is"
            f" {MOST_SAMPLES / rate:.0f} s at {rate} Hz; cut it with start and end in"
            " the table"
        )


def refuse_levels(block: np.ndarray, first: int) -> None:
    """Refuse samples that are not finite or too large.

    Args:
        block: Samples, (T, C).
        first: Position of the first sample of the block, for the message.

    Raises:
        UnusableSound: If a sample is not finite, or beyond the range of 32-bit
            integers.
    """
    if not block.size:
        return
    peak = max(block.max(), -block.min())
    if peak <= GREATEST_LEVEL:
        return
    good = np.abs(block) <= GREATEST_LEVEL  # False for NaN
    row, channel = np.unravel_index(np.argmin(good), block.shape)
    value = float(block[row, channel])
    what = f"sample {first + row} is {value:g}"
    if math.isfinite(value):
        raise UnusableSound(
            f"level out of bounds: {what}; magnitudes up to {GREATEST_LEVEL:g} are"
            " read, so write the file again"
        )
    raise UnusableSound(f"not finite: {what}; write the file without NaN and infinity")


def refuse_buried(wave: np.ndarray) -> None:
    """Refuse a clip whose peak is so high that the rest would be silent at 16 bits.

    Args:
        wave: Samples, (T,), at least one.

    Raises:
        UnusableSound: If the peak is above full scale, and lowering it to full scale
            makes all but the loudest thousandth of the clip digital silence.
    """
    peak = float(max(wave.max(), -wave.min()))
    if peak <= 1.0:
        return
    loud = math.ceil(_LOUDEST_PART * len(wave))
    if loud >= len(wave):
        return
    rest = float(np.partition(np.abs(wave), len(wave) - 1 - loud)[-1 - loud])
    if SILENCE < rest <= SILENCE * peak:
        raise UnusableSound(
            f"buried by its peak: the peak is {peak:g}, all but {loud} samples stay"
            f" within {rest:g}, which would be silence at 16 bits; remove the peak"
        )
