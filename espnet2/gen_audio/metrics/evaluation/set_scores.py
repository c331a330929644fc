"""Scores with intervals, for metrics of sets and for metrics of clips.

The score of a metric of sets is a ``SetStatistic`` of embeddings or class scores,
averaged over generation seeds. A metric of clips has one number for each clip, and its
score is their mean.

Shapes: N clips of a system, M recordings, D features, C classes.
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from espnet2.gen_audio.metrics.evaluation.context import (
    EvaluationContext,
    SystemOutputs,
)
from espnet2.gen_audio.metrics.evaluation.metric import Score
from espnet2.gen_audio.metrics.functional.estimate import bootstrap_mean, six_digits
from espnet2.gen_audio.metrics.functional.set_statistic import (
    Rows,
    SetStatistic,
    estimate_of,
)
from espnet2.gen_audio.metrics.functional.vectors import Vectors, chosen

# generated vectors (N, D), reference vectors (M, D), pairs of chosen rows of both ->
# the value of each pair
OnSamples = Callable[[Vectors, Vectors, Sequence[Rows]], Sequence[float]]
StatisticOf = Callable[[SystemOutputs, EvaluationContext], SetStatistic | None]
DRAWS = 200


def embedding_statistic(
    outputs: SystemOutputs,
    context: EvaluationContext,
    values: OnSamples,
    biased: bool = False,
    draws: int = DRAWS,
) -> SetStatistic | None:
    """Return a statistic of the embeddings of a system and of the recordings.

    Args:
        outputs: Clips of one system.
        context: Holds the test recordings.
        values: Function that computes the statistic of chosen rows.
        biased: Whether its mean depends on the number of clips.
        draws: Largest number of pairs of halves that are drawn for its interval.

    Returns:
        The statistic, averaged over generation seeds; None if ``outputs`` are the test
        recordings and there are no training recordings to compare them with.
    """
    samples = context.samples_of(outputs)
    if samples is None:
        return None
    reference, each = context.reference_sample, list(samples.by_seed.values())

    def mean(pairs: Sequence[Rows]) -> np.ndarray:
        """Return the mean over seeds on each pair of rows."""
        return np.mean([values(x, reference.vectors, pairs) for x in each], axis=0)

    return SetStatistic(mean, samples.groups, reference.groups, biased, draws)


def one_by_one(measure: Callable[[Vectors, Vectors], float]) -> OnSamples:
    """Return a measure of two samples as a function of many pairs of rows.

    Args:
        measure: Takes generated and reference vectors.

    Returns:
        The function.
    """

    def values(x: Vectors, y: Vectors, pairs: Sequence[Rows]) -> list[float]:
        """Return the measure of each pair of rows."""
        return [measure(chosen(x, one), chosen(y, other)) for one, other in pairs]

    return values


def set_score(
    statistic_of: StatisticOf, outputs: SystemOutputs, context: EvaluationContext
) -> Score | None:
    """Return the value of a metric of sets with its interval.

    Args:
        statistic_of: The metric's statistic.
        outputs: Clips of one system.
        context: Holds the test recordings.

    Returns:
        The score; None where the statistic does not apply.
    """
    statistic = statistic_of(outputs, context)
    if statistic is None:
        return None
    estimate = estimate_of(statistic, context.half_sample_draws, context.seed)
    sizes = [len(statistic.x_groups), len(statistic.y_groups)]
    return Score({**estimate.to_dict(), "clips": sizes})


def clip_score(
    key: str,
    by_seed: Mapping[str, Sequence[float]],
    outputs: SystemOutputs,
    context: EvaluationContext,
) -> Score:
    """Return the mean of the clips' numbers, with an interval over recordings.

    For the interval, recordings are drawn at random, each with all of its clips.

    Args:
        key: Key of the number in clips.jsonl.
        by_seed: Number of each clip by seed, in the order of the test ids.
        outputs: Clips of one system.
        context: Holds the test recordings.

    Returns:
        The score, with the number of each clip.
    """
    ids = context.test.ids
    clips = {
        (seed, clip): {key: six_digits(float(value))}
        for seed in outputs.by_seed
        for clip, value in zip(ids, by_seed[seed])
    }
    values = np.concatenate([np.asarray(by_seed[s], float) for s in outputs.by_seed])
    groups = context.recordings_of(ids) * len(outputs.by_seed)
    estimate = bootstrap_mean(values, groups, context.draws, context.seed)
    return Score(estimate.to_dict(), clips)
