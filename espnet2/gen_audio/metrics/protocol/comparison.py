"""The difference of two systems in every metric, paired by id, with its interval."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from espnet2.gen_audio.metrics.encoders.packaged_weights import MissingPackage
from espnet2.gen_audio.metrics.evaluation.context import (
    EvaluationContext,
    SystemOutputs,
)
from espnet2.gen_audio.metrics.evaluation.metric import Metric
from espnet2.gen_audio.metrics.functional.estimate import Estimate, bootstrap_mean
from espnet2.gen_audio.metrics.functional.set_statistic import difference_of
from espnet2.gen_audio.metrics.protocol.scoring import Stage
from espnet2.gen_audio.metrics.protocol.speech import SpeechStage, compare_speech
from espnet2.gen_audio.metrics.protocol.versa_scores import VersaScores


def compare(
    stages: Sequence[Stage],
    first: str,
    second: str,
    speech: SpeechStage | None = None,
    versa: VersaScores | None = None,
) -> dict[str, Any]:
    """Return the first system minus the second one, metric by metric.

    The bootstrap draws the same ids (or the same halves of the sets) for both systems.
    What affects both, such as difficult captions, therefore does not widen the
    interval.

    Args:
        stages: All stages of a run.
        first: Name of a row.
        second: Name of another row.
        speech: The stage of speech; None without transcripts.
        versa: Scores of VERSA; None without them.

    Returns:
        Names, and for each metric ``value``, ``low``, ``high``, ``clips`` and
        ``better``: the name of the better system, or None if the interval contains 0 or
        the metric has no direction.

    Raises:
        ValueError: If there is no row of one of the names.
    """
    names = list(stages[0].outputs if speech is None else speech.outputs)
    unknown = [name for name in (first, second) if name not in names]
    if unknown:
        raise ValueError(
            f"--compare {first} {second}: {unknown[0]} is not scored; scored are "
            f"{', '.join(names)}"
        )
    found = [one for stage in stages for one in _of_stage(stage, first, second)]
    if speech is not None:
        found += compare_speech(speech, first, second)
    entries = {
        metric.key: {**one.to_dict(), "better": _better(metric, one, first, second)}
        for metric, one in found
    }
    if versa is not None:
        of_versa = versa.differences(first, second)
        entries |= {k: {**one.to_dict(), "better": None} for k, one in of_versa.items()}
    return {"first": first, "second": second, "differences": entries}


def _of_stage(
    stage: Stage, first: str, second: str
) -> Iterator[tuple[Metric, Estimate]]:
    """Yield the differences in the metrics of one encoder."""
    one, other = (stage.outputs[name] for name in (first, second))
    for metric in stage.metrics:
        try:
            found = _difference(metric, one, other, stage.context)
        except MissingPackage:
            continue  # the reason is listed with the rows
        if found is not None:
            yield metric, found


def _difference(
    metric: Metric,
    one: SystemOutputs,
    other: SystemOutputs,
    context: EvaluationContext,
) -> Estimate | None:
    if metric.statistic is None:
        return _clip_difference(metric, one, other, context)
    statistics = [metric.statistic(outputs, context) for outputs in (one, other)]
    if None in statistics:
        return None
    return difference_of(*statistics, context.half_sample_draws, context.seed)


def _clip_difference(
    metric: Metric,
    one: SystemOutputs,
    other: SystemOutputs,
    context: EvaluationContext,
) -> Estimate | None:
    """Return the mean difference of ids; each is first averaged over its seeds."""
    means = []
    for outputs in (one, other):
        score = metric.compute(outputs, context)
        if score is None:
            return None
        by_id: dict[str, list[float]] = {}
        for (_, clip), values in score.clips.items():
            by_id.setdefault(clip, []).append(values[metric.clip_key])
        means.append({clip: float(np.mean(values)) for clip, values in by_id.items()})
    ids = context.test.ids
    differences = np.array([means[0][clip] - means[1][clip] for clip in ids])
    groups = context.recordings_of(ids)
    return bootstrap_mean(differences, groups, context.draws, context.seed)


def _better(metric: Metric, found: Estimate, first: str, second: str) -> str | None:
    if metric.direction == "neither" or found.low is None:
        return None
    if found.low <= 0 <= found.high:
        return None
    return first if (found.value > 0) == (metric.direction == "higher") else second
