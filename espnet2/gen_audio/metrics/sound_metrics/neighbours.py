"""Precision, recall, density and coverage of a system's clips."""

import math
from dataclasses import replace
from functools import partial

from espnet2.gen_audio.metrics.evaluation.context import (
    EvaluationContext,
    SystemOutputs,
)
from espnet2.gen_audio.metrics.evaluation.metric import Metric
from espnet2.gen_audio.metrics.evaluation.set_scores import (
    embedding_statistic,
    one_by_one,
    set_score,
)
from espnet2.gen_audio.metrics.functional.neighbours import (
    NAMES,
    NEAREST,
    neighbour_scores,
)
from espnet2.gen_audio.metrics.functional.set_statistic import SetStatistic
from espnet2.gen_audio.metrics.functional.vectors import Vectors
from espnet2.gen_audio.metrics.sound_metrics.registry import SOUND_METRICS

DRAWS = 50
FEWEST = 2 * (NEAREST + 2)  # clips of which a half still has the neighbours
MOST = 2000  # clips above which an interval would take hours
TEXTS = {
    "precision": "generated clips that are within the neighbourhood of a recording",
    "recall": "recordings that are within the neighbourhood of a generated clip",
    "density": "number of recordings whose neighbourhood contains a generated clip; 1 "
    "on average for clips from the distribution of the recordings",
    "coverage": "recordings with a generated clip in their neighbourhood",
}


def neighbour_statistic(
    name: str, outputs: SystemOutputs, context: EvaluationContext
) -> SetStatistic | None:
    """Return one of the four scores as a statistic of subsets of clips.

    Args:
        name: Which of them.
        outputs: Clips of one system.
        context: Holds the test recordings.

    Returns:
        The statistic; None for the recordings when no others are given, or when there
        are too few clips for their neighbours.
    """

    def measure(x: Vectors, y: Vectors) -> float:
        """Return the score of two samples."""
        return neighbour_scores(x, y)[name]

    samples = context.samples_of(outputs)
    fewest = min(len(context.reference.ids), len(samples.groups) if samples else 0)
    if fewest < NEAREST + 2:
        return None
    draws = DRAWS if FEWEST <= fewest <= MOST else 0
    found = embedding_statistic(outputs, context, one_by_one(measure), True, draws)
    return found and replace(
        found, bounds=(0.0, math.inf if name == "density" else 1.0)
    )


PRECISION, RECALL, DENSITY, COVERAGE = (
    SOUND_METRICS.add(
        Metric(
            key=name,
            title=name,
            unit="fraction" if name != "density" else "recordings a clip / 5",
            direction="higher",
            text=f"{TEXTS[name]}. A neighbourhood reaches to the {NEAREST}th nearest "
            f"neighbour. The value depends on the numbers of clips; above {MOST} clips "
            "it has no interval.",
            source="arXiv:1904.06991, arXiv:2002.09797, as prdc computes them",
            compute=partial(set_score, partial(neighbour_statistic, name)),
            statistic=partial(neighbour_statistic, name),
            encoding="embedding",
            protocols_only=True,
            column=55,
        )
    )
    for name in NAMES
)
