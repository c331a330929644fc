"""Loudness, clipping, silence, DC and duration of a system's clips."""

from functools import partial

import numpy as np

from espnet2.gen_audio.metrics.encoders.set_reader import LEVELS
from espnet2.gen_audio.metrics.evaluation.context import (
    EvaluationContext,
    SystemOutputs,
)
from espnet2.gen_audio.metrics.evaluation.metric import Metric, Score
from espnet2.gen_audio.metrics.evaluation.set_scores import clip_score
from espnet2.gen_audio.metrics.sound_metrics.registry import SOUND_METRICS

# key -> title, unit, direction, text
RECORDS = {
    "loudness": (
        "loudness, LUFS",
        "LUFS",
        "neither",
        "integrated loudness by ITU-R BS.1770-4; silence has -70.",
    ),
    "clipping": (
        "clipped samples",
        "fraction of samples",
        "lower",
        "samples in runs of two or more samples at full scale.",
    ),
    "silence": (
        "silent part",
        "fraction of 20 ms windows",
        "neither",
        "windows with a level below -60 dB of full scale; an empty clip has 1.",
    ),
    "dc_offset": (
        "DC offset",
        "fraction of full scale",
        "lower",
        "absolute value of the mean of all samples.",
    ),
    "duration": (
        "duration, s",
        "s",
        "neither",
        "length of a clip; the protocol may cut longer clips.",
    ),
}


def mean_level(
    key: str, outputs: SystemOutputs, context: EvaluationContext
) -> Score | None:
    """Return one level, mean over clips and seeds.

    Args:
        key: Which of ``LEVELS``.
        outputs: Clips of one system.
        context: Holds the test recordings.

    Returns:
        The score; None where levels were not measured.
    """
    column = LEVELS.index(key)
    if any(features.levels is None for features in outputs.by_seed.values()):
        return None
    by_seed = {s: np.asarray(f.levels)[:, column] for s, f in outputs.by_seed.items()}
    return clip_score(key, by_seed, outputs, context)


for _key, (_title, _unit, _direction, _text) in RECORDS.items():
    SOUND_METRICS.add(
        Metric(
            key=_key,
            title=_title,
            unit=_unit,
            direction=_direction,
            text=_text,
            source="samples before level normalisation; loudness by pyloudnorm",
            compute=partial(mean_level, _key),
            clip_key=_key,
            protocols_only=True,
            digits=4 if _key == "dc_offset" else 2,
            column=80,
        )
    )
