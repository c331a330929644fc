"""Kernel audio distance (KAD) of a system's clips to the test recordings."""

from collections.abc import Sequence
from functools import partial

import numpy as np

from espnet2.gen_audio.metrics.evaluation.context import (
    EvaluationContext,
    SystemOutputs,
)
from espnet2.gen_audio.metrics.evaluation.metric import Metric
from espnet2.gen_audio.metrics.evaluation.set_scores import (
    embedding_statistic,
    set_score,
)
from espnet2.gen_audio.metrics.functional.kernel_sums import discrepancies, kernel_of
from espnet2.gen_audio.metrics.functional.set_statistic import Rows, SetStatistic
from espnet2.gen_audio.metrics.functional.vectors import Vectors
from espnet2.gen_audio.metrics.sound_metrics.registry import SOUND_METRICS

SCALE = 100.0


def kernel_audio_distance(
    outputs: SystemOutputs, context: EvaluationContext
) -> SetStatistic | None:
    """Return KAD as a statistic of subsets of clips.

    Args:
        outputs: Clips of one system.
        context: Holds the test recordings.

    Returns:
        The statistic; None for the recordings when no others are given.
    """

    def values(x: Vectors, y: Vectors, pairs: Sequence[Rows]) -> np.ndarray:
        """Return KAD on each pair of rows, the bandwidth that of all recordings."""
        return SCALE * discrepancies(x, y, kernel_of("gaussian", y), pairs)

    # biased between a set and copies of it, whose halves share their clips
    return embedding_statistic(outputs, context, values, biased=True)


KAD = SOUND_METRICS.add(
    Metric(
        key="kad",
        title="KAD x 100",
        unit="squared MMD x 100",
        direction="lower",
        text="kernel audio distance: unbiased squared maximum mean discrepancy to the "
        "recordings, with a Gaussian kernel whose bandwidth is the median distance "
        "between recordings. Copies of n recordings have about -100 x 2 / n.",
        source="arXiv:2502.15602, eq. 4, as kadtk computes it; half-sample intervals",
        compute=partial(set_score, kernel_audio_distance),
        statistic=kernel_audio_distance,
        encoding="embedding",
        protocols_only=True,
        digits=3,
        column=41,
    )
)
