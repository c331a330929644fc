"""Cut or pad a clip to one length.

Shapes: T samples. A crop of training falls anywhere, but not on silence when it can
be helped; a crop of validation is the beginning, so that it never changes.
"""

from typing import Any

import numpy as np

from espnet2.gen_audio.feats.sound_limits import SILENCE

TRIES = 10


def crop_or_pad(wave: np.ndarray, samples: int, rng: Any = None) -> np.ndarray:
    """Return exactly ``samples`` samples.

    Args:
        wave: Samples, (T,).
        samples: Wanted length.
        rng: Where a longer clip is cut: a ``numpy.random.Generator``, a
            ``RandomState``, or the module ``numpy.random`` itself; None keeps the
            beginning.

    Returns:
        A crop, or the clip with zeros after it, (samples,).
    """
    return pad_end(crop(wave, samples, rng), samples)


def crop(wave: np.ndarray, samples: int, rng: Any = None) -> np.ndarray:
    """Return at most ``samples`` samples, with sound in them if it can be found.

    Of up to ten random crops the first one with sound is kept, as in the training of
    AudioLDM 2.

    Args:
        wave: Samples, (T,).
        samples: Longest result.
        rng: As in ``crop_or_pad``.

    Returns:
        Samples, (min(T, samples),).
    """
    spare = len(wave) - samples
    if spare <= 0:
        return wave
    if rng is None:
        return wave[:samples]
    for _ in range(TRIES):
        start = _draw(rng, spare + 1)
        piece = wave[start : start + samples]
        if is_audible(piece):
            break
    return piece


def pad_end(wave: np.ndarray, samples: int) -> np.ndarray:
    """Append zeros up to ``samples``.

    Args:
        wave: Samples, (T,), T at most ``samples``.
        samples: Wanted length.

    Returns:
        Samples, (samples,).
    """
    return np.pad(wave, (0, samples - len(wave)))


def is_audible(wave: np.ndarray) -> bool:
    """Return whether any sample is louder than digital silence, the mean removed.

    Models read clips without their mean at full level: of a constant nothing but
    rounding would be left, raised to full level.

    Args:
        wave: Samples, (T,).

    Returns:
        False for an empty, silent or constant clip.
    """
    if not len(wave):
        return False
    return bool(np.abs(wave - wave.mean(dtype=np.float64)).max() > SILENCE)


def _draw(rng: Any, above: int) -> int:
    draw = rng.integers if hasattr(rng, "integers") else rng.randint
    return int(draw(0, above))
