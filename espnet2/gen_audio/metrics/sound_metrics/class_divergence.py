"""Divergence of a clip's classes from those of the recording of its id."""

from functools import partial

from espnet2.gen_audio.metrics.evaluation.context import (
    EvaluationContext,
    SystemOutputs,
)
from espnet2.gen_audio.metrics.evaluation.metric import Metric, Score
from espnet2.gen_audio.metrics.evaluation.set_scores import clip_score
from espnet2.gen_audio.metrics.functional.class_scores import class_divergence
from espnet2.gen_audio.metrics.sound_metrics.registry import SOUND_METRICS

TEXTS = {
    "softmax": "probabilities are one distribution over all classes, as in most "
    "papers.",
    "sigmoid": "classes are independent, as the labels of AudioSet, and divergences "
    "are summed over classes. The value can be negative.",
}


def divergence(
    form: str, outputs: SystemOutputs, context: EvaluationContext
) -> Score | None:
    """Return the divergence, mean over clips and seeds.

    Args:
        form: ``softmax`` or ``sigmoid``.
        outputs: Clips of one system.
        context: Holds the class scores of the recordings of the same ids.

    Returns:
        The score; None for the recordings themselves and without class scores.
    """
    if outputs.is_reference or context.own is None:
        return None
    own = context.own.class_scores
    by_seed = {
        seed: class_divergence(features.class_scores, own, form)
        for seed, features in outputs.by_seed.items()
    }
    return clip_score(f"kl_{form}", by_seed, outputs, context)


KL_SOFTMAX, KL_SIGMOID = (
    SOUND_METRICS.add(
        Metric(
            key=f"kl_{form}",
            title=f"KL, {form}",
            unit="nats",
            direction="lower",
            text="divergence between the class probabilities of a clip and of the "
            f"recording with the same id: {TEXTS[form]}",
            source="arXiv:2209.15352, as audioldm_eval computes it",
            compute=partial(divergence, form),
            clip_key=f"kl_{form}",
            encoding="class_scores",
            protocols_only=True,
            column=42,
        )
    )
    for form in TEXTS
)
