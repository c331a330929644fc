"""Kernel distance of a system's clips to the test recordings."""

from espnet2.gen_audio.metrics.evaluation.context import (
    EvaluationContext,
    SystemOutputs,
)
from espnet2.gen_audio.metrics.evaluation.metric import Metric, Score
from espnet2.gen_audio.metrics.measures.kernel_distance import (
    SCALE,
    estimate_kernel_distance,
    kernel_distance,
)
from espnet2.gen_audio.metrics.sound_metrics.registry import SOUND_METRICS


def distance_to_recordings(
    outputs: SystemOutputs, context: EvaluationContext
) -> Score | None:
    """Return the kernel distance with its interval and the value of each seed.

    Args:
        outputs: Clips of one system.
        context: The evaluation context.

    Returns:
        The score; None for the test recordings if no other recordings are given.
    """
    samples = context.samples_of(outputs)
    if samples is None:
        return None
    reference = context.reference_sample
    estimate = estimate_kernel_distance(
        list(samples.by_seed.values()),
        samples.groups,
        reference,
        context.half_sample_draws,
        context.seed,
    )
    per_seed = {
        seed: round(SCALE * kernel_distance(sample, reference.vectors), 6)
        for seed, sample in samples.by_seed.items()
    }
    return Score({**estimate.to_dict(), "per_seed": per_seed})


KERNEL_DISTANCE = SOUND_METRICS.add(
    Metric(
        key="kernel_distance",
        title="kernel distance x 100",
        unit="squared MMD x 100",
        direction="lower",
        text="unbiased squared maximum mean discrepancy to the test recordings, "
        "polynomial kernel; equal sets give 0 on average and may fall below it.",
        source="unbiased MMD^2, (a.b/D + 1)^3, arXiv:1801.01401; half-sample intervals",
        compute=distance_to_recordings,
        digits=1,
        column=40,
    )
)
