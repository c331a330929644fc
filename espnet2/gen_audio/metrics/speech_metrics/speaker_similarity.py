"""Two metrics of the voice of a clip: cosine to the target voice, nearest speaker."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import numpy as np

from espnet2.gen_audio.metrics.evaluation.metric import ClipKey, Metric, Score
from espnet2.gen_audio.metrics.speech_evaluation.cached_results import SpeechReader
from espnet2.gen_audio.metrics.speech_evaluation.context import (
    SpeechContext,
    SpeechOutputs,
    with_progress,
)
from espnet2.gen_audio.metrics.speech_evaluation.speaker_encoder import (
    SpeakerEncoder,
    cosine,
    nearest_speaker,
)
from espnet2.gen_audio.metrics.speech_metrics.registry import SPEECH_METRICS

encoder = cache(SpeakerEncoder)  # loaded once, when a clip needs it


def to_wanted_voice(outputs: SpeechOutputs, context: SpeechContext) -> Score | None:
    """Return the mean cosine between clips and their target voices.

    The target voice is the voice of the clip's prompt; without a prompt, the voice of
    the recording of its utterance.

    Args:
        outputs: Clips of one system.
        context: The evaluation context.

    Returns:
        The score; None if the clips are these recordings themselves.
    """
    recordings, prompts = context.test.sounds.wavs, context.test.prompts
    measured = context.measured(outputs).items()
    pairs = {
        clip: (path, prompts.get(clip[1], recordings[clip[1]]))
        for clip, path in measured
    }
    pairs = {clip: pair for clip, pair in pairs.items() if pair[0] != pair[1]}
    return _similarity(pairs, outputs, context)


def to_another_utterance(
    outputs: SpeechOutputs, context: SpeechContext
) -> Score | None:
    """Return the chance level: mean cosine to the recording of another utterance.

    Args:
        outputs: Clips of one system.
        context: The evaluation context.

    Returns:
        The score; None with one utterance.
    """
    return _similarity(context.permuted_pairs(outputs), outputs, context)


def right_speaker(outputs: SpeechOutputs, context: SpeechContext) -> Score | None:
    """Return the fraction of clips whose nearest speaker is the target speaker.

    Args:
        outputs: Clips of one system.
        context: The evaluation context.

    Returns:
        The score with the nearest speaker of each clip; None with one speaker.
    """
    clips, test = context.measured(outputs), context.test
    if not clips or not test.several_speakers:
        return None
    reader = context.reader
    voices = {one: _voice(test.sounds.wavs[one], reader) for one in test.transcripts}
    values, found = {}, {}
    for key, path in with_progress(clips, f"right_speaker: {outputs.name}"):
        clip = key[1]
        speaker = nearest_speaker(_voice(path, reader), voices, test.speakers, clip)
        found[key] = {"speaker": speaker}
        values[key] = float(speaker == test.speakers[clip])
    return context.mean_score("right_speaker", values, found)


def _similarity(
    pairs: Mapping[ClipKey, tuple[Path, Path]],
    outputs: SpeechOutputs,
    context: SpeechContext,
) -> Score | None:
    if not pairs:
        return None
    reader, model = context.reader, f"similarity/{encoder().version}"
    values = {
        clip: reader.once(
            model,
            pair,
            lambda: round(cosine(*(_voice(path, reader) for path in pair)), 6),
        )
        for clip, pair in with_progress(pairs, f"similarity: {outputs.name}")
    }
    return context.mean_score("similarity", values)


def _voice(path: Path, reader: SpeechReader) -> np.ndarray:
    """Return the speaker embedding of a clip, (256,)."""
    return reader.remember("voice", path, encoder())


SIMILARITY = SPEECH_METRICS.add(
    Metric(
        key="similarity",
        title="speaker similarity",
        unit="cosine of GE2E embeddings",
        direction="higher",
        text="similarity between the voices of clip and recording or, if there is one, "
        "of clip and prompt.",
        source="arXiv:1710.10467",
        compute=to_wanted_voice,
        permuted=to_another_utterance,
        column=60,
    )
)
RIGHT_SPEAKER = SPEECH_METRICS.add(
    Metric(
        key="right_speaker",
        title="right speaker",
        unit="fraction of clips",
        direction="higher",
        text="clips whose nearest speaker is the wanted one. A clip is not compared "
        "with the recording of its own transcript.",
        source="nearest mean embedding of each speaker's other recordings",
        compute=right_speaker,
        column=61,
    )
)
