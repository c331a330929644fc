"""Kernel distance of a system's clips to the test recordings."""

from collections.abc import Sequence

import numpy as np

from espnet2.gen_audio.metrics.evaluation.context import (
    EvaluationContext,
    SystemOutputs,
)
from espnet2.gen_audio.metrics.evaluation.metric import Metric, Score
from espnet2.gen_audio.metrics.evaluation.set_scores import (
    embedding_statistic,
    set_score,
)
from espnet2.gen_audio.metrics.functional.kernel_distance import (
    SCALE,
    estimate_kernel_distance,
    kernel_distance,
    polynomial_kernel,
)
from espnet2.gen_audio.metrics.functional.kernel_sums import discrepancies
from espnet2.gen_audio.metrics.functional.set_statistic import Rows, SetStatistic
from espnet2.gen_audio.metrics.functional.vectors import Vectors
from espnet2.gen_audio.metrics.sound_metrics.registry import SOUND_METRICS

MOST_AT_ONCE = 4000  # clips whose whole kernel matrices (400 MB) are in memory


def distance_to_recordings(
    outputs: SystemOutputs, context: EvaluationContext
) -> Score | None:
    """Return the kernel distance with its interval and the value of each seed.

    Args:
        outputs: Clips of one system.
        context: The evaluation context.

    Returns:
        The score; None for the test recordings if no other recordings are given.
    """
    samples = context.samples_of(outputs)
    if samples is None:
        return None
    reference = context.reference_sample
    if max(len(samples.groups), len(reference.groups)) > MOST_AT_ONCE:
        return set_score(polynomial_statistic, outputs, context)
    estimate = estimate_kernel_distance(
        list(samples.by_seed.values()),
        samples.groups,
        reference,
        context.half_sample_draws,
        context.seed,
    )
    per_seed = {
        seed: round(SCALE * kernel_distance(sample, reference.vectors), 6)
        for seed, sample in samples.by_seed.items()
    }
    return Score({**estimate.to_dict(), "per_seed": per_seed})


def polynomial_statistic(
    outputs: SystemOutputs, context: EvaluationContext
) -> SetStatistic | None:
    """Return the kernel distance as a statistic of subsets of clips.

    Args:
        outputs: Clips of one system.
        context: Holds the test recordings.

    Returns:
        The statistic; None for the recordings when no others are given.
    """

    def values(x: Vectors, y: Vectors, pairs: Sequence[Rows]) -> np.ndarray:
        """Return the distance on each pair of rows."""
        return SCALE * discrepancies(x, y, polynomial_kernel, pairs)

    # biased between a set and copies of it, whose halves share their clips
    return embedding_statistic(outputs, context, values, biased=True)


KERNEL_DISTANCE = SOUND_METRICS.add(
    Metric(
        key="kernel_distance",
        title="kernel distance x 100",
        unit="squared MMD x 100",
        direction="lower",
        text="unbiased squared maximum mean discrepancy to the test recordings, with a "
        "polynomial kernel. Sets with equal distributions have 0 on average, and "
        "sometimes a negative value.",
        source="unbiased MMD^2, (a.b/D + 1)^3, arXiv:1801.01401; half-sample intervals",
        compute=distance_to_recordings,
        statistic=polynomial_statistic,
        encoding="embedding",
        digits=1,
        column=40,
    )
)
