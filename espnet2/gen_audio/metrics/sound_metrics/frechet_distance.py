"""Frechet distance of a system's clips to the test recordings."""

import math
from dataclasses import replace

import numpy as np

from espnet2.gen_audio.metrics.evaluation.context import (
    EvaluationContext,
    SystemOutputs,
)
from espnet2.gen_audio.metrics.evaluation.metric import Metric, Score
from espnet2.gen_audio.metrics.evaluation.set_scores import (
    embedding_statistic,
    one_by_one,
)
from espnet2.gen_audio.metrics.functional.estimate import six_digits
from espnet2.gen_audio.metrics.functional.frechet import frechet_distance
from espnet2.gen_audio.metrics.functional.gaussian import (
    GaussianStatistics,
    gaussian_distance,
)
from espnet2.gen_audio.metrics.functional.set_statistic import SetStatistic
from espnet2.gen_audio.metrics.functional.vectors import Vectors
from espnet2.gen_audio.metrics.sound_metrics.registry import SOUND_METRICS

DRAWS = 20  # halves of an interval; each costs two eigenvalue decompositions


def distance_to_recordings(
    outputs: SystemOutputs, context: EvaluationContext
) -> Score | None:
    """Return the mean Frechet distance over seeds, with numbers of clips and ranks.

    Args:
        outputs: Clips of one system.
        context: The evaluation context.

    Returns:
        The score; None for the test recordings if no other recordings are given.
    """
    samples = context.samples_of(outputs)
    if samples is None:
        return None
    reference = context.reference.embedding
    each = [frechet_distance(one, reference) for one in samples.by_seed.values()]
    return Score(
        {
            "value": six_digits(np.mean([one.value for one in each])),
            "clips": list(each[0].clips),
            "rank": list(each[0].rank),
            "size": each[0].size,
        }
    )


def frechet_statistic(
    outputs: SystemOutputs, context: EvaluationContext
) -> SetStatistic | None:
    """Return the Frechet distance as a statistic of subsets of clips.

    Args:
        outputs: Clips of one system.
        context: Holds the test recordings.

    Returns:
        The statistic; None for the recordings when no others are given.
    """
    values = one_by_one(_distance)
    found = embedding_statistic(outputs, context, values, True, DRAWS)
    return found and replace(found, bounds=(0.0, math.inf))


def _distance(x: Vectors, y: Vectors) -> float:
    """Return the distance; with more clips than dimensions from streamed moments."""
    if min(len(x), len(y)) <= x.shape[1]:
        return frechet_distance(x, y).value
    return gaussian_distance(*map(GaussianStatistics.of_sample, (x, y)))


FRECHET_DISTANCE = SOUND_METRICS.add(
    Metric(
        key="frechet_distance",
        title="Frechet distance (n)",
        unit="squared embedding units",
        direction="lower",
        text="Frechet distance to the test recordings, with the numbers of clips in "
        "both sets in parentheses. With fewer clips than dimensions the distance is "
        "biased and rank-deficient: compare only rows with equal n.",
        source="arXiv:1706.08500, eq. 6; biased by n, so compare only equal n",
        compute=distance_to_recordings,
        statistic=frechet_statistic,
        encoding="embedding",
        full_rank=True,
        digits=1,
        column=50,
    )
)
