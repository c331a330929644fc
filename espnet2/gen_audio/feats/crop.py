"""Cut or pad a clip to one length.

Shapes: T samples. In training, a crop begins at a random sample and is drawn again if
it is silent. In validation, the crop is always the beginning of the clip.
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
        rng: Generator of random numbers for the start of the crop: a
            ``numpy.random.Generator``, a ``RandomState``, or the module
            ``numpy.random`` itself; None keeps the beginning.

    Returns:
        A crop, or the clip with zeros after it, (samples,).
    """
    return pad_end(crop(wave, samples, rng), samples)


def crop(wave: np.ndarray, samples: int, rng: Any = None) -> np.ndarray:
    """Return at most ``samples`` samples, not all silent if possible.

    As in the training of AudioLDM 2, up to ten random crops are drawn. The first crop
    that is not silent is returned; if all ten are silent, the last is returned.

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
    """Return whether any sample exceeds digital silence once the mean is removed.

    Models read clips with the mean removed and the peak normalised; a constant clip
    would become amplified rounding errors.

    Args:
        wave: Samples, (T,).

    Returns:
        False for an empty, silent or constant clip.
    """
    if not len(wave):
        return False
    return bool(np.abs(wave - wave.mean(dtype=np.float64)).max() > SILENCE)


def _draw(rng: Any, stop: int) -> int:
    draw = rng.integers if hasattr(rng, "integers") else rng.randint
    return int(draw(0, stop))
