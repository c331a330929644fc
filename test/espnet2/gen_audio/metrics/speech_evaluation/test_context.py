"""Outputs of a system of speech, which of its clips are measured, and their score."""

from dataclasses import replace
from pathlib import Path

import pytest

from espnet2.gen_audio.metrics.evaluation.sound_set import SoundSet
from espnet2.gen_audio.metrics.speech_evaluation.context import (
    SpeechContext,
    SpeechOutputs,
)
from espnet2.gen_audio.metrics.speech_evaluation.speech_set import SpeechTestSet


class Named:
    """Stands in for the reader: files are named after their words."""

    def __init__(self, *names):
        self.recognisers = dict.fromkeys(names)

    def texts(self, name, paths, what):
        return [f"{what}/{path.stem}" for path in paths]


@pytest.fixture
def test_set():
    wavs = {clip: Path(f"{clip}.wav") for clip in "abcd"}
    sounds = SoundSet(Path("test"), wavs, {}, {}, {clip: clip for clip in wavs})
    return SpeechTestSet(sounds, {clip: ["one"] for clip in wavs}, draws=20, measured=2)


def test_every_clip_of_every_seed_is_recognised_by_all(test_set):
    wavs = {"0": test_set.sounds.wavs, "1": test_set.sounds.wavs}
    outputs = SpeechOutputs.read("x", wavs, test_set, Named("open", "espnet"))
    records = outputs.records()
    assert len(outputs.clips) == len(records) == 8
    assert records["1", "b"] == {
        "id": "b",
        "system": "x",
        "seed": "1",
        "transcript": "one",
        "recognised": {"open": "x 1/b", "espnet": "x 1/b"},
    }


def test_measured_clips_are_chosen_in_every_seed(test_set):
    wavs = {"0": test_set.sounds.wavs, "1": test_set.sounds.wavs}
    outputs = SpeechOutputs("x", wavs, {}, test_set.transcripts)
    context = SpeechContext(test_set, None)
    keys = [("0", "a"), ("0", "c"), ("1", "a"), ("1", "c")]
    assert list(context.measured(outputs)) == keys
    pairs = context.permuted_pairs(outputs)
    assert list(pairs) == keys and all(one != other for one, other in pairs.values())
    nothing = SpeechContext(replace(test_set, measured=0), None)
    assert nothing.measured(outputs) == nothing.permuted_pairs(outputs) == {}


def test_a_score_is_the_mean_of_clips_that_have_a_value(test_set):
    context = SpeechContext(test_set, None)
    values = {("", "a"): 1.0, ("", "b"): None, ("", "c"): 2.0}
    score = context.mean_score("toy", values, {("", "a"): {"more": "x"}})
    assert score.entry["value"] == 1.5 and score.entry["clips"] == 2
    assert score.clips["", "a"] == {"toy": 1.0, "more": "x"}
    assert context.mean_score("toy", {}) is None
    assert context.mean_score("toy", {("", "a"): None}).entry is None
