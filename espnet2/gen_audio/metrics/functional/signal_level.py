"""What a sound is worth before any encoder reads it: loudness, clipping, silence, DC.

Shapes: T samples within +-1.
Source: loudness, ITU-R BS.1770-4, by the package pyloudnorm.
"""

import math

import numpy as np

BLOCK_SECONDS = 0.4  # block of the loudness meter; shorter sounds are repeated
QUIETEST = -70.0  # LUFS, the absolute gate: silence, which has no finite loudness
FULL_SCALE = 0.999  # 16-bit full scale is 32767 / 32768
RUN = 2  # samples at full scale in a row that count as clipped
SILENT_DB = -60.0
WINDOW_SECONDS = 0.02


def loudness(wave: np.ndarray, rate: int) -> float:
    """Return the integrated loudness in LUFS; ``QUIETEST`` for what is below the gate.

    Args:
        wave: Samples, (T,), at least one.
        rate: Samples per second.

    Returns:
        The loudness.
    """
    from pyloudnorm import Meter

    shortest = math.ceil(BLOCK_SECONDS * rate)
    if len(wave) < shortest:
        wave = np.tile(wave, math.ceil(shortest / len(wave)))[:shortest]
    with np.errstate(divide="ignore", invalid="ignore"):
        value = float(Meter(rate).integrated_loudness(np.asarray(wave, np.float64)))
    return max(value, QUIETEST) if math.isfinite(value) else QUIETEST


def clipped_fraction(wave: np.ndarray) -> float:
    """Return which fraction of the samples lies in a run at full scale.

    Args:
        wave: Samples, (T,), at least one.

    Returns:
        Samples in runs of at least ``RUN`` samples at full scale of one sign, over all
        samples.
    """
    full = np.where(np.abs(wave) >= FULL_SCALE, np.sign(wave), 0)
    edges = np.flatnonzero(np.diff(full, prepend=0, append=0))
    starts, ends = edges[:-1], edges[1:]
    if not len(starts):
        return 0.0
    lengths = np.where((full[starts] != 0) & (ends - starts >= RUN), ends - starts, 0)
    return float(lengths.sum() / len(wave))


def silent_fraction(wave: np.ndarray, rate: int) -> float:
    """Return which fraction of 20 ms windows is below -60 dB of full scale.

    Args:
        wave: Samples, (T,), at least one.
        rate: Samples per second.

    Returns:
        The fraction; 1 for a silent clip.
    """
    window = max(1, round(WINDOW_SECONDS * rate))
    starts = range(0, len(wave), window)
    powers = np.array([np.square(wave[s : s + window]).mean() for s in starts])
    return float((powers < 10 ** (SILENT_DB / 10)).mean())


def dc_offset(wave: np.ndarray) -> float:
    """Return the magnitude of the mean, 1 being full scale.

    Args:
        wave: Samples, (T,), at least one.

    Returns:
        The offset.
    """
    return float(abs(np.mean(wave, dtype=np.float64)))
