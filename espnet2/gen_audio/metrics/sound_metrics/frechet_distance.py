"""Frechet distance of a system's clips to the test recordings."""

import numpy as np

from espnet2.gen_audio.metrics.evaluation.context import (
    EvaluationContext,
    SystemOutputs,
)
from espnet2.gen_audio.metrics.evaluation.metric import Metric, Score
from espnet2.gen_audio.metrics.measures.estimate import six_digits
from espnet2.gen_audio.metrics.measures.frechet import frechet_distance
from espnet2.gen_audio.metrics.sound_metrics.registry import SOUND_METRICS


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


FRECHET_DISTANCE = SOUND_METRICS.add(
    Metric(
        key="frechet_distance",
        title="Frechet distance (n)",
        unit="squared embedding units",
        direction="lower",
        text="to the test recordings, with the numbers of clips on both sides. With "
        "fewer clips than dimensions it is biased and rank-deficient: compare rows of "
        "equal n only.",
        source="arXiv:1706.08500, eq. 6; biased by n, compare equal n only",
        compute=distance_to_recordings,
        digits=1,
        column=50,
    )
)
