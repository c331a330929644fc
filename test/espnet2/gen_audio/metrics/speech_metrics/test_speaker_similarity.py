"""Voices of outputs: similarity to recording or prompt, and the nearest speaker."""

from dataclasses import replace

import numpy as np
import pytest

from espnet2.gen_audio.metrics.encoders.packaged_weights import MissingPackage
from espnet2.gen_audio.metrics.speech_metrics import speaker_similarity
from espnet2.gen_audio.metrics.speech_metrics.speaker_similarity import (
    right_speaker,
    to_another_utterance,
    to_wanted_voice,
)


def parity(path):
    """Return one of two voices, by the number of the utterance in a file's name."""
    clip = next(part for part in path.parts if part.startswith("u"))
    return np.array([1.0, 0.0] if int(clip[1:3]) % 2 else [0.0, 1.0])


@pytest.fixture(autouse=True)
def encoder(monkeypatch):
    class Encoder:
        version = "1"
        __call__ = staticmethod(parity)

    monkeypatch.setattr(speaker_similarity, "encoder", Encoder)


def test_the_prompt_is_compared_where_there_is_one(context, outputs_of):
    outputs = outputs_of(context)
    assert to_wanted_voice(outputs, context) is None  # recordings themselves
    wavs = context.test.sounds.wavs
    prompts = {"u00": wavs["u01"], "u02": wavs["u04"]}
    prompted = replace(context, test=replace(context.test, prompts=prompts))
    score = to_wanted_voice(outputs, prompted)
    assert {clip: v["similarity"] for (_, clip), v in score.clips.items()} == {
        "u00": 0.0,
        "u02": 1.0,
    }


def test_a_system_is_compared_with_the_recordings(context, outputs_of):
    system = outputs_of(context, lambda words: words)
    assert to_wanted_voice(system, context).entry["value"] == 1
    assert to_another_utterance(system, context).entry["value"] < 1


def test_the_right_speaker_is_found_without_the_clips_own_recording(
    context, outputs_of
):
    outputs = outputs_of(context)
    assert right_speaker(outputs, context) is None  # speakers are unknown
    speakers = {clip: "ab"[int(clip[1:]) % 2] for clip in context.test.transcripts}
    several = replace(context, test=replace(context.test, speakers=speakers))
    score = right_speaker(outputs, several)
    assert score.entry["value"] == 1
    assert score.clips["", "u01"] == {"right_speaker": 1.0, "speaker": "b"}


def test_a_missing_package_is_named(monkeypatch, context, outputs_of):
    def missing():
        raise MissingPackage("it needs resemblyzer")

    monkeypatch.setattr(speaker_similarity, "encoder", missing)
    with pytest.raises(MissingPackage, match="resemblyzer"):
        to_another_utterance(outputs_of(context), context)
