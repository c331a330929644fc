"""Inception score of a system's clips: sure of each class, varied over all."""

import math
from collections.abc import Sequence
from functools import partial

import numpy as np

from espnet2.gen_audio.metrics.evaluation.context import (
    EvaluationContext,
    SystemOutputs,
)
from espnet2.gen_audio.metrics.evaluation.metric import Metric
from espnet2.gen_audio.metrics.evaluation.set_scores import set_score
from espnet2.gen_audio.metrics.functional.class_scores import inception_scores
from espnet2.gen_audio.metrics.functional.set_statistic import Rows, SetStatistic
from espnet2.gen_audio.metrics.sound_metrics.registry import SOUND_METRICS


def sure_and_varied(
    outputs: SystemOutputs, context: EvaluationContext
) -> SetStatistic | None:
    """Return the inception score as a statistic of subsets of clips.

    Args:
        outputs: Clips of one system.
        context: Names the recording of each clip.

    Returns:
        The statistic, mean over seeds; None without class scores.
    """
    each = [features.class_scores for features in outputs.by_seed.values()]
    if any(scores is None for scores in each):
        return None

    def values(pairs: Sequence[Rows]) -> np.ndarray:
        """Return the mean over seeds on each choice of clips."""
        subsets = [rows for rows, _ in pairs]
        return np.mean([inception_scores(one, subsets) for one in each], axis=0)

    groups = context.recordings_of(context.test.ids)
    return SetStatistic(values, groups, groups, True, bounds=(1.0, math.inf))


INCEPTION_SCORE = SOUND_METRICS.add(
    Metric(
        key="inception_score",
        title="inception score",
        unit="1 to the number of classes",
        direction="higher",
        text="how confident the classifier is for each clip, and how many classes the "
        "clips have. The score depends on the number of clips, but not on captions.",
        source="arXiv:1606.03498, one split, softmax of logits",
        compute=partial(set_score, sure_and_varied),
        statistic=sure_and_varied,
        encoding="class_scores",
        protocols_only=True,
        column=45,
    )
)
