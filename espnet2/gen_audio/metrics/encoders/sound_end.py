"""Where the sound of a clip ends and its padding begins.

Data sets and generators fill clips up to one length, with zeros or with what a vocoder
makes of silence. An embedding that is averaged over a filled clip is mostly that of
silence: recordings, noise and empty files become hard to tell apart. So embeddings take
the sound alone.

Shapes: T samples.
"""

import numpy as np

QUIET_DB = 60  # below the peak: silence to ``librosa.effects.trim`` as well
BLOCKS_A_SECOND = 100  # an end is searched in steps of 10 ms


def without_quiet_end(wave: np.ndarray, rate: int) -> np.ndarray:
    """Return a clip up to the last 10 ms that are not silent beside its peak.

    A clip whose sound lasts to its end comes back as it is, a silent one too.

    Args:
        wave: Samples without their mean, (T,).
        rate: Samples per second.

    Returns:
        The beginning of the clip, (T',), T' at most T.
    """
    level = np.abs(wave)
    loud = np.flatnonzero(level > level.max(initial=0.0) * 10 ** (-QUIET_DB / 20))
    if not len(loud):
        return wave
    block = max(1, rate // BLOCKS_A_SECOND)
    return wave[: -(-(int(loud[-1]) + 1) // block) * block]


def without_padding(wave: np.ndarray, full: int, rate: int) -> np.ndarray:
    """Return a clip without the zeros that fill it up.

    Zeros at the end of a clip of full length are padding from 10 ms on; fewer are where
    the sound crosses zero.

    Args:
        wave: Samples as they are in the file, (T,).
        full: Samples of a full clip.
        rate: Samples per second.

    Returns:
        The beginning of the clip, (T',), T' at most T; empty if all are zero.
    """
    sound = wave[: np.flatnonzero(wave)[-1] + 1] if wave.any() else wave[:0]
    padding = len(wave) - len(sound)
    is_full = len(wave) == full and padding < rate // BLOCKS_A_SECOND
    return wave if is_full else sound
