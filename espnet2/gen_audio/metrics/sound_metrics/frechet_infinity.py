"""Frechet distance extrapolated to infinitely many generated clips (FAD-inf)."""

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
from espnet2.gen_audio.metrics.functional.gaussian import (
    GaussianStatistics,
    frechet_infinity,
)
from espnet2.gen_audio.metrics.functional.set_statistic import SetStatistic
from espnet2.gen_audio.metrics.functional.vectors import Vectors
from espnet2.gen_audio.metrics.sound_metrics.registry import SOUND_METRICS

DRAWS = 10  # draws of an interval; each fits the line again


def extrapolated(
    outputs: SystemOutputs, context: EvaluationContext
) -> SetStatistic | None:
    """Return the extrapolated distance as a statistic of subsets of clips.

    Args:
        outputs: Clips of one system.
        context: Holds the test recordings.

    Returns:
        The statistic; None for the recordings when no others are given.
    """

    def measure(x: Vectors, y: Vectors) -> float:
        """Return the distance at 1/n = 0."""
        return frechet_infinity(x, GaussianStatistics.of_sample(y), context.seed)

    size = context.reference.embedding.shape[1]
    # halves with fewer clips than dimensions have no line to fit
    samples = context.samples_of(outputs)
    fewest = min(len(context.reference.ids), len(samples.groups) if samples else 0)
    draws = DRAWS if fewest > 2 * size + 4 else 0
    return embedding_statistic(outputs, context, one_by_one(measure), True, draws)


FRECHET_INFINITY = SOUND_METRICS.add(
    Metric(
        key="frechet_infinity",
        title="Frechet distance, n to infinity",
        unit="squared embedding units",
        direction="lower",
        text="value at 1/n = 0 of a line through the Frechet distances of subsets of n "
        "generated clips. Equal sets can have slightly negative values.",
        source="arXiv:1911.07023; arXiv:2311.01616 for sounds",
        compute=partial(set_score, extrapolated),
        statistic=extrapolated,
        encoding="embedding",
        protocols_only=True,
        full_rank=True,
        column=51,
    )
)
