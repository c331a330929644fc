"""Copies of a clip with varied speed and onset, for small corpora.

Shapes: T samples. A copy is played up to 0.2 octaves faster or slower (pitch and length
change together) and begins up to 0.3 s later. Both are drawn with a generator seeded by
(seed, id), so they do not depend on the number or order of jobs. The level is not
varied, because the peak of every clip is normalised later.
"""

import zlib
from typing import NamedTuple

import numpy as np

from espnet2.gen_audio.feats.waveform import resample

MOST_OCTAVES = 0.2
MOST_LEAD_SECONDS = 0.3
_RATE_STEP = 100  # hertz; rates are rounded to it, which keeps sinc kernels short


class Variation(NamedTuple):
    """How a copy differs from its clip.

    Args:
        speed: Factor of speed and pitch.
        lead_seconds: Length of the silence before the sound.
    """

    speed: float = 1.0
    lead_seconds: float = 0.0


def draw_variation(seed: int, clip_id: str) -> Variation:
    """Draw the variation of one copy.

    Args:
        seed: Seed of the run.
        clip_id: Id of the copy.

    Returns:
        The variation; the same seed and id always give the same one.
    """
    rng = np.random.default_rng([seed, zlib.crc32(clip_id.encode())])
    octaves, lead = rng.uniform((-MOST_OCTAVES, 0.0), (MOST_OCTAVES, MOST_LEAD_SECONDS))
    return Variation(speed=float(2.0**octaves), lead_seconds=float(lead))


def vary(
    wave: np.ndarray, rate: int, sample_rate: int, variation: Variation
) -> np.ndarray:
    """Resample to a new rate and apply a variation at the same time.

    Args:
        wave: Samples, (T,).
        rate: Their rate, in hertz.
        sample_rate: Rate of the result, in hertz.
        variation: Speed and onset; the default changes only the rate.

    Returns:
        Samples in float32, about T * sample_rate / (rate * speed) + lead.
    """
    if variation.speed != 1.0:
        rate = max(1, round(rate * variation.speed / _RATE_STEP)) * _RATE_STEP
    lead = np.zeros(round(variation.lead_seconds * sample_rate), dtype=np.float32)
    return np.concatenate([lead, resample(wave, rate, sample_rate)])
