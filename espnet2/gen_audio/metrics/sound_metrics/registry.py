"""The registry of metrics of sounds."""

from espnet2.gen_audio.metrics.evaluation.context import (
    EvaluationContext,
    SystemOutputs,
)
from espnet2.gen_audio.metrics.evaluation.metric import MetricRegistry

SOUND_METRICS: MetricRegistry[SystemOutputs, EvaluationContext] = MetricRegistry(
    __package__
)
