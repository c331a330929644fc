"""Which metrics and floors a number of clips allows.

A covariance of full rank needs more clips than dimensions, and a floor needs two halves
of the recordings.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from espnet2.gen_audio.metrics.encoders.clip_features import ClipFeatures
from espnet2.gen_audio.metrics.evaluation.context import (
    EvaluationContext,
    SeedSamples,
    SystemOutputs,
)
from espnet2.gen_audio.metrics.evaluation.metric import Metric
from espnet2.gen_audio.metrics.functional.estimate import FEWEST_GROUPS, group_rows


def of_full_rank(
    rule: str,
    encoder: str,
    metrics: Iterable[Metric],
    context: EvaluationContext,
    outputs: Sequence[SystemOutputs],
) -> tuple[list[Metric], dict[str, str]]:
    """Return the metrics for which there are enough clips, and why others are left out.

    Args:
        rule: ``refuse`` or ``leave_out``, as the protocol states.
        encoder: Name of the encoder.
        metrics: Metrics of the encoder.
        context: Holds the recordings.
        outputs: Features of every row.

    Returns:
        The metrics that are kept, and the reasons of the others by key.

    Raises:
        ValueError: If there are too few clips for a metric, and the rule is ``refuse``.
    """
    samples = [context.reference_sample.vectors]
    for one in outputs:
        of_system = None if one.is_reference else context.samples_of(one)
        samples += of_system.by_seed.values() if of_system else []
    count, size = min(map(len, samples)), samples[0].shape[1]
    vectors = "clips" if context.reference.frames is None else "frames"
    kept, left_out = [], {}
    for metric in metrics:
        if not metric.full_rank or count > size:
            kept.append(metric)
            continue
        reason = (
            f"{count} {vectors} are too few for a covariance of full rank in the "
            f"{size} dimensions of {encoder}; use kad_{encoder} or "
            f"kernel_distance_{encoder}, or more than {size} {vectors}"
        )
        if rule == "refuse":
            raise ValueError(f"{metric.key}: {reason}")
        left_out[metric.key] = reason
    return kept, left_out


def floor_of(context: EvaluationContext) -> EvaluationContext:
    """Return the context in which one half of the recordings is scored as a system.

    Args:
        context: Holds the recordings.

    Returns:
        The context; the given one if a half would have too few recordings.
    """
    reference = context.reference
    rows = list(group_rows(context.recordings_of(reference.ids)).values())
    if len(rows) < 2 * FEWEST_GROUPS:
        return context
    order = np.random.default_rng(context.seed).permutation(len(rows))
    one, other = (
        _chosen(reference, [rows[i] for i in sorted(half)])
        for half in (order[: len(rows) // 2], order[len(rows) // 2 :])
    )
    samples = SeedSamples.of({"": one}, context.recordings_of(one.ids))
    return replace(context, reference=other, other_recordings=samples)


def _chosen(features: ClipFeatures, rows: Sequence[np.ndarray]) -> ClipFeatures:
    return features.select([features.ids[row] for row in np.concatenate(rows)])
