"""Find the end of the sound of a clip, before its padding.

Data sets and generators fill clips up to one length, with zeros or with the output of a
vocoder for silence. The average embedding of a filled clip is mostly the embedding of
silence, so that recordings, noise and empty files become hard to distinguish.
Embeddings are therefore computed from the sound without its padding.

Shapes: T samples.
"""

import numpy as np

QUIET_DB = 60  # dB below the peak: silence, as in ``librosa.effects.trim``
BLOCKS_A_SECOND = 100  # the end is found in steps of 10 ms


def without_quiet_end(wave: np.ndarray, rate: int) -> np.ndarray:
    """Return a clip up to the last 10 ms block within 60 dB of its peak.

    A clip whose sound lasts to its end is returned unchanged, and so is a silent clip.

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
    """Return a clip without the zeros that pad it.

    Zeros at the end of a clip of full length are padding if they last 10 ms or more;
    fewer zeros may be a zero crossing of the sound.

    Args:
        wave: Samples of the file, (T,).
        full: Samples of a full clip.
        rate: Samples per second.

    Returns:
        The beginning of the clip, (T',), T' at most T; empty if all are zero.
    """
    sound = wave[: np.flatnonzero(wave)[-1] + 1] if wave.any() else wave[:0]
    padding = len(wave) - len(sound)
    is_full = len(wave) == full and padding < rate // BLOCKS_A_SECOND
    return wave if is_full else sound
