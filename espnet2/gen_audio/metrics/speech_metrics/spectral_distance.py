"""Mel-cepstral distortion and log-F0 error of clips against their recordings."""

from collections.abc import Mapping
from dataclasses import asdict
from functools import partial
from pathlib import Path

import numpy as np

from espnet2.gen_audio.metrics.evaluation.metric import ClipKey, Metric, Score
from espnet2.gen_audio.metrics.functional.mel_cepstral import (
    SpeechFrames,
    speech_distance,
)
from espnet2.gen_audio.metrics.speech_evaluation.cached_results import SpeechReader
from espnet2.gen_audio.metrics.speech_evaluation.context import (
    SpeechContext,
    SpeechOutputs,
    with_progress,
)
from espnet2.gen_audio.metrics.speech_evaluation.recogniser import RATE
from espnet2.gen_audio.metrics.speech_evaluation.world_analysis import (
    require_world,
    speech_frames,
)
from espnet2.gen_audio.metrics.speech_metrics.registry import SPEECH_METRICS

STORED_AS = "distance/3"  # raise the number when the analysis changes


def to_own_recording(
    key: str, outputs: SpeechOutputs, context: SpeechContext
) -> Score | None:
    """Return the distance of clips to their own recordings.

    Args:
        key: ``mcd`` or ``log_f0_rmse``.
        outputs: Clips of one system.
        context: The evaluation context.

    Returns:
        The score; None for the recordings themselves.
    """
    recordings = context.test.sounds.wavs
    measured = context.measured(outputs).items()
    pairs = {clip: (path, recordings[clip[1]]) for clip, path in measured}
    pairs = {clip: pair for clip, pair in pairs.items() if pair[0] != pair[1]}
    return _score(key, pairs, outputs, context)


def to_another_recording(
    key: str, outputs: SpeechOutputs, context: SpeechContext
) -> Score | None:
    """Return the distance of clips to recordings of other utterances.

    Args:
        key: ``mcd`` or ``log_f0_rmse``.
        outputs: Clips of one system.
        context: The evaluation context.

    Returns:
        The score; None with one utterance.
    """
    return _score(key, context.permuted_pairs(outputs), outputs, context)


def distances(
    path: Path, reference: Path, reader: SpeechReader
) -> dict[str, float | None]:
    """Return both distances between two clips, from the cache if they are there.

    Args:
        path: Sound file of the clip.
        reference: Sound file of the recording.
        reader: Caches results.

    Returns:
        Distortion and F0 error; the latter is None without frames voiced in both.
    """

    def measured() -> dict[str, float | None]:
        """Compute both distances, rounded for the cache."""
        frames: list[SpeechFrames] = [
            reader.remember("frames", one, lambda wave: speech_frames(wave, RATE))
            for one in (path, reference)
        ]
        found = asdict(speech_distance(*frames))
        return {k: round(v, 5) if np.isfinite(v) else None for k, v in found.items()}

    return reader.once(STORED_AS, [path, reference], measured)


def _score(
    key: str,
    pairs: Mapping[ClipKey, tuple[Path, Path]],
    outputs: SpeechOutputs,
    context: SpeechContext,
) -> Score | None:
    if not pairs:
        return None
    require_world()
    values = {
        clip: distances(*pair, context.reader)[key]
        for clip, pair in with_progress(pairs, f"{key}: {outputs.name}")
    }
    return context.mean_score(key, values)


MCD = SPEECH_METRICS.add(
    Metric(
        key="mcd",
        title="MCD, dB",
        unit="decibels after time warping",
        direction="lower",
        text="mel-cepstral distortion between clip and recording.",
        source="10 / ln 10 sqrt(2 sum d^2), mean over the warping path",
        compute=partial(to_own_recording, "mcd"),
        permuted=partial(to_another_recording, "mcd"),
        column=70,
    )
)
LOG_F0_RMSE = SPEECH_METRICS.add(
    Metric(
        key="log_f0_rmse",
        title="log-F0 RMSE",
        unit="natural logarithm, frames voiced in both",
        direction="lower",
        text="error of the logarithm of F0, after the same time warping as for MCD.",
        source="root mean square over the warping path of the mel-cepstra",
        compute=partial(to_own_recording, "log_f0_rmse"),
        permuted=partial(to_another_recording, "log_f0_rmse"),
        digits=3,
        column=71,
    )
)
