"""Predicted mean opinion scores, averaged over clips."""

from collections.abc import Callable
from functools import cache, partial

from espnet2.gen_audio.metrics.evaluation.metric import Metric, Score
from espnet2.gen_audio.metrics.speech_evaluation.cached_results import read_speech
from espnet2.gen_audio.metrics.speech_evaluation.context import (
    SpeechContext,
    SpeechOutputs,
    with_progress,
)
from espnet2.gen_audio.metrics.speech_evaluation.predicted_mos import (
    DistillMos,
    DnsMos,
    Predictor,
)
from espnet2.gen_audio.metrics.speech_metrics.registry import SPEECH_METRICS


def predicted_opinion(
    key: str,
    open_predictor: Callable[[], Predictor],
    outputs: SpeechOutputs,
    context: SpeechContext,
) -> Score | None:
    """Return the predicted MOS, mean over clips.

    Args:
        key: Key of the metric.
        open_predictor: Function that returns the predictor; it loads it once.
        outputs: Clips of one system.
        context: The evaluation context.

    Returns:
        The score; None if no clip is measured.
    """
    clips = context.measured(outputs)
    if not clips:
        return None
    predictor = open_predictor()
    values = {
        clip: context.reader.once(
            f"{key}/{predictor.version}",
            [path],
            lambda: round(predictor(read_speech(path)), 5),
        )
        for clip, path in with_progress(clips, f"{key}: {outputs.name}")
    }
    return context.mean_score(key, values)


DISTILLMOS = SPEECH_METRICS.add(
    Metric(
        key="distillmos",
        title="DistillMOS",
        unit="1 to 5, predicted",
        direction="higher",
        text="mean opinion score of listeners, as a network predicts it. Values for "
        "short clips are comparable only within the table.",
        source="arXiv:2502.05356",
        compute=partial(predicted_opinion, "distillmos", cache(DistillMos)),
        column=50,
    )
)
DNSMOS = SPEECH_METRICS.add(
    Metric(
        key="dnsmos",
        title="DNSMOS",
        unit="1 to 5, predicted, P.835 overall",
        direction="higher",
        text="overall quality, as a network predicts it. Values for short clips are "
        "comparable only within the table.",
        source="arXiv:2110.01763",
        compute=partial(predicted_opinion, "dnsmos", cache(DnsMos)),
        column=51,
    )
)
