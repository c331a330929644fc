"""The registry of metrics of speech."""

from espnet2.gen_audio.metrics.evaluation.metric import MetricRegistry
from espnet2.gen_audio.metrics.speech_evaluation.context import (
    SpeechContext,
    SpeechOutputs,
)

SPEECH_METRICS: MetricRegistry[SpeechOutputs, SpeechContext] = MetricRegistry(
    __package__
)
