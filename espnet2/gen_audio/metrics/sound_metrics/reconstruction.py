"""Distances of reconstructions to their own recordings: STFT and SI-SDR."""

from collections.abc import Callable
from functools import partial

import numpy as np

from espnet2.gen_audio.metrics.evaluation.context import (
    EvaluationContext,
    SystemOutputs,
)
from espnet2.gen_audio.metrics.evaluation.metric import Metric, Score
from espnet2.gen_audio.metrics.evaluation.set_scores import clip_score
from espnet2.gen_audio.metrics.functional.reconstruction import si_sdr, stft_distance
from espnet2.gen_audio.metrics.sound_metrics.registry import SOUND_METRICS

Measure = Callable[[np.ndarray, np.ndarray], float]


def to_own_recording(
    key: str, measure: Measure, outputs: SystemOutputs, context: EvaluationContext
) -> Score | None:
    """Return a measure of each clip and its own recording, cut to one length.

    Args:
        key: Key of the metric.
        measure: Takes the samples of both.
        outputs: Clips of one system.
        context: Holds the test recordings.

    Returns:
        The score; None for clips that were not made from the recordings.
    """
    if not outputs.paired or outputs.is_reference or not outputs.wavs:
        return None
    read, own = context.reader.wave, context.test.wavs
    by_seed = {
        seed: [_of_pair(measure, read(wavs[c]), read(own[c])) for c in context.test.ids]
        for seed, wavs in outputs.wavs.items()
    }
    return clip_score(key, by_seed, outputs, context)


def _of_pair(measure: Measure, wave: np.ndarray, original: np.ndarray) -> float:
    length = min(len(wave), len(original))
    return measure(wave[:length], original[:length])


STFT_DISTANCE = SOUND_METRICS.add(
    Metric(
        key="stft_distance",
        title="STFT distance",
        unit="spectral convergence + natural-log L1",
        direction="lower",
        text="distance between the spectrograms of clip and recording, as a mean over "
        "three resolutions.",
        source="arXiv:1910.11480, eqs. 3 to 6",
        compute=partial(to_own_recording, "stft_distance", stft_distance),
        clip_key="stft_distance",
        protocols_only=True,
        column=61,
    )
)
SI_SDR = SOUND_METRICS.add(
    Metric(
        key="si_sdr",
        title="SI-SDR, dB",
        unit="dB",
        direction="higher",
        text="scale-invariant signal-to-distortion ratio between clip and recording. "
        "All methods that do not keep the phase have low values.",
        source="arXiv:1811.02508, by torchmetrics",
        compute=partial(to_own_recording, "si_sdr", si_sdr),
        clip_key="si_sdr",
        protocols_only=True,
        digits=1,
        column=62,
    )
)
