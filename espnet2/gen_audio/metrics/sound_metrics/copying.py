"""Fraction of clips that are closer to a training clip than held-out recordings are."""

import numpy as np

from espnet2.gen_audio.metrics.evaluation.context import (
    EvaluationContext,
    SystemOutputs,
)
from espnet2.gen_audio.metrics.evaluation.metric import Metric, Score
from espnet2.gen_audio.metrics.functional.copying import copying, nearest
from espnet2.gen_audio.metrics.functional.estimate import six_digits
from espnet2.gen_audio.metrics.sound_metrics.registry import SOUND_METRICS


def nearness_to_training(
    outputs: SystemOutputs, context: EvaluationContext
) -> Score | None:
    """Return the fraction of clips nearer to training clips than held-out ones.

    Args:
        outputs: Clips of one system.
        context: The context, with training clips and held-out reference distances.

    Returns:
        The score; None without training clips. For the test recordings, which are the
        reference, only values of single clips are returned.
    """
    if context.train is None:
        return None
    found = {
        seed: nearest(features.embedding, context.train.embedding)
        for seed, features in outputs.by_seed.items()
    }
    clips = {
        (seed, clip): {
            "nearest_train": context.train.ids[row],
            "nearest_distance": round(float(distance), 4),
        }
        for seed, near in found.items()
        for clip, row, distance in zip(
            outputs.by_seed[seed].ids, near.row, near.distance
        )
    }
    if outputs.is_reference:
        return Score(None, clips)
    distances = np.concatenate([near.distance for near in found.values()])
    result = copying(distances, context.heldout_distances)
    ratio = result.median_ratio
    entry = {
        "value": six_digits(result.below_close),
        "below_median": six_digits(result.below_median),
        "median_ratio": six_digits(ratio) if np.isfinite(ratio) else None,
        "clips": len(distances),
    }
    return Score(entry, clips)


COPYING = SOUND_METRICS.add(
    Metric(
        key="copying",
        title="nearer to training than held-out",
        unit="fraction of clips",
        direction="lower",
        text="clips that are nearer to a training clip than 95 % of held-out "
        "recordings are. The expected value is 0.05 for clips from the distribution of "
        "the test clips and 1 for copies.",
        source="fraction whose nearest training clip is nearer than the 5th percentile "
        "of the held-out reference distances, embedding distance",
        compute=nearness_to_training,
        column=70,
    )
)
