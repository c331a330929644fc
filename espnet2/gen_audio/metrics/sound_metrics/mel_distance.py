"""Log-mel distance of clips to the recordings that they were made from."""

import numpy as np

from espnet2.gen_audio.metrics.evaluation.context import (
    EvaluationContext,
    SystemOutputs,
    Wavs,
)
from espnet2.gen_audio.metrics.evaluation.metric import Metric, Score
from espnet2.gen_audio.metrics.functional.estimate import bootstrap_mean
from espnet2.gen_audio.metrics.functional.mel_distance import mel_distance
from espnet2.gen_audio.metrics.sound_metrics.registry import SOUND_METRICS

MEL_BATCH = 32  # clips in memory at once


def distance_to_own_recording(
    outputs: SystemOutputs, context: EvaluationContext
) -> Score | None:
    """Return the mean log-mel distance of each clip to its own recording.

    Args:
        outputs: Clips of one system.
        context: The evaluation context.

    Returns:
        The score; None for clips that were not made from the test recordings, and for
        the recordings themselves.
    """
    if not outputs.paired or outputs.is_reference or not outputs.wavs:
        return None
    by_seed = {seed: distances(outputs.wavs[seed], context) for seed in outputs.by_seed}
    clips = {
        (seed, clip): {"mel_l1_db": round(float(value), 4)}
        for seed, values in by_seed.items()
        for clip, value in zip(context.test.ids, values)
    }
    groups = context.recordings_of(context.test.ids) * len(by_seed)
    values = np.concatenate(list(by_seed.values()))
    estimate = bootstrap_mean(values, groups, context.draws, context.seed)
    return Score(estimate.to_dict(), clips)


def distances(wavs: Wavs, context: EvaluationContext) -> np.ndarray:
    """Return the distance of each clip to its own recording in dB, (N,).

    Args:
        wavs: Sound file of each test id.
        context: The evaluation context.

    Returns:
        Mean absolute differences, in the order of the test ids.
    """
    reader, test, values = context.reader, context.test, []
    for first in range(0, len(test.ids), MEL_BATCH):
        ids = test.ids[first : first + MEL_BATCH]
        clips = reader.log_mel([wavs[clip] for clip in ids])
        originals = reader.log_mel([test.wavs[clip] for clip in ids])
        values.append(mel_distance(clips, originals).l1.numpy())
    return np.concatenate(values)


MEL_DISTANCE = SOUND_METRICS.add(
    Metric(
        key="mel_distance",
        title="log-mel L1, dB",
        unit="dB",
        direction="lower",
        text="mean absolute difference between clip and recording, for clips that were "
        "made from a recording.",
        source="mean |difference| between the log-mel spectrograms of clip and "
        "recording",
        compute=distance_to_own_recording,
        clip_key="mel_l1_db",
        digits=1,
        column=60,
    )
)
