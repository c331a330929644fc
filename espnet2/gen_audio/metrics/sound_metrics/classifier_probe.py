"""Accuracy of the classifier probes: do clips belong to the class of their caption?"""

from functools import partial
from typing import Any

import numpy as np

from espnet2.gen_audio.metrics.evaluation.context import (
    EvaluationContext,
    SystemOutputs,
)
from espnet2.gen_audio.metrics.evaluation.metric import Metric, Score
from espnet2.gen_audio.metrics.functional.accuracy import (
    estimate_accuracy,
    estimate_permuted,
    macro_accuracy,
)
from espnet2.gen_audio.metrics.functional.estimate import Estimate
from espnet2.gen_audio.metrics.sound_metrics.registry import SOUND_METRICS

# key -> (title, explanation)
TITLES = {
    "probe_train": (
        "classifier probe: training reconstructions",
        "how often a classifier of reconstructions predicts the class of the caption. "
        "Its training data are training recordings after VAE and vocoder.",
    ),
    "probe_heldout": (
        "classifier probe: held-out reconstructions",
        "how often a classifier of reconstructions predicts the class of the caption. "
        "Its training data are held-out recordings after VAE and vocoder that are not "
        "in the training set of the generator.",
    ),
    "probe_raw": (
        "classifier probe: raw recordings",
        "how often a classifier of recordings predicts the class of the caption. Its "
        "training data are raw training recordings; its accuracy depends mostly on the "
        "distortion by VAE and vocoder.",
    ),
}


def probe_accuracy(
    key: str, outputs: SystemOutputs, context: EvaluationContext
) -> Score | None:
    """Return the macro-averaged accuracy of one probe.

    Args:
        key: Key of the probe.
        outputs: Clips of one system.
        context: The evaluation context, with the probes.

    Returns:
        The score with the predicted class of each clip; None without the probe.
    """
    if key not in context.probes.probes:
        return None
    labels, recordings = context.labels, context.recordings_of(context.labelled_ids)
    predicted = _predicted(key, outputs, context)
    clips = {
        (seed, clip): {"label": label, key: str(found)}
        for seed, classes in predicted.items()
        for clip, label, found in zip(context.labelled_ids, labels, classes)
    }
    estimate = estimate_accuracy(
        labels * len(predicted),
        np.concatenate(list(predicted.values())),
        recordings * len(predicted),
        context.draws,
        context.seed,
    )
    per_seed = {
        seed: round(macro_accuracy(labels, classes), 6)
        for seed, classes in predicted.items()
    }
    entry = _beside_chance(estimate, key, context)
    return Score({**entry, "per_seed": per_seed}, clips)


def permuted_accuracy(
    key: str, outputs: SystemOutputs, context: EvaluationContext
) -> Score | None:
    """Return the accuracy of one probe against permuted captions.

    Args:
        key: Key of the probe.
        outputs: Clips of one system.
        context: The evaluation context, with the probes.

    Returns:
        Mean over seeds, with the widest interval of all seeds; None without the probe.
    """
    if key not in context.probes.probes:
        return None
    each = [
        estimate_permuted(
            context.labels, found, context.half_sample_draws, context.seed + number
        )
        for number, found in enumerate(_predicted(key, outputs, context).values())
    ]
    estimate = Estimate(
        float(np.mean([one.value for one in each])),
        min(one.low for one in each),
        max(one.high for one in each),
        outputs.num_clips,
    )
    return Score(_beside_chance(estimate, key, context))


def _predicted(
    key: str, outputs: SystemOutputs, context: EvaluationContext
) -> dict[str, np.ndarray]:
    """Return the predicted class of each labelled clip, by seed."""
    ids = context.labelled_ids
    recordings = context.recordings_of(ids)
    return {
        seed: context.probes.predict(
            key, features.select(ids), recordings, outputs.paired
        )
        for seed, features in outputs.by_seed.items()
    }


def _beside_chance(
    estimate: Estimate, key: str, context: EvaluationContext
) -> dict[str, Any]:
    chance = context.probes.descriptions[key]["chance"]
    return {**estimate.to_dict(), "times_chance": round(estimate.value / chance, 4)}


PROBES = [
    SOUND_METRICS.add(
        Metric(
            key=key,
            title=title,
            unit="macro-averaged accuracy",
            direction="higher",
            text=text,
            source="logistic regression on embeddings and mel statistics; chance is "
            "1/classes; intervals by bootstrap over recordings with a fixed probe",
            compute=partial(probe_accuracy, key),
            permuted=partial(permuted_accuracy, key),
            column=10 + number,
        )
    )
    for number, (key, (title, text)) in enumerate(TITLES.items())
]
