"""The test set of speech, its permutations and refusals; outputs and their scores."""

from dataclasses import replace

import pytest

from espnet2.gen_audio.metrics.speech.context import (
    SpeechContext,
    SpeechOutputs,
    SpeechTestSet,
    read_speech_test_set,
)

DIGITS = ["one", "two", "three"]


def folder_of(path, transcript="a One, two!\nb 2 3\nc\n", speakers=None):
    path.mkdir(exist_ok=True)
    (path / "wav.scp").write_text("a a.wav\nb b.wav\nc c.wav\nd d.wav\n")
    if transcript is not None:
        (path / "transcript").write_text(transcript)
    if speakers:
        (path / "utt2spk").write_text(speakers)
    return path


def test_utterances_with_words_are_kept_and_written_alike(tmp_path):
    test = read_speech_test_set(folder_of(tmp_path), DIGITS)
    assert test.transcripts == {"a": ["one", "two"], "b": ["two", "three"]}


def test_speakers_count_only_when_all_are_known(tmp_path):
    test = read_speech_test_set(folder_of(tmp_path, speakers="a x\nb y\nd z\n"))
    assert test.speakers == {"a": "x", "b": "y"} and test.several_speakers
    test = read_speech_test_set(folder_of(tmp_path, speakers="a x\n"))
    assert test.speakers == {} and not test.several_speakers


def test_every_permutation_gives_each_utterance_another_one(tmp_path):
    text = "".join(f"{clip} one\n" for clip in "abcd")
    permutations = read_speech_test_set(folder_of(tmp_path, text)).permutations()
    assert len({tuple(sorted(one.items())) for one in permutations}) > 1
    for one in permutations:
        assert set(one) == set(one.values()) == set("abcd")
        assert all(clip != other for clip, other in one.items())


def test_one_utterance_has_no_other(tmp_path):
    assert read_speech_test_set(folder_of(tmp_path, "a one\n")).permutations() == []


@pytest.mark.parametrize(
    ("transcript", "message"),
    [
        (None, "transcript is missing"),
        ("c\n", "no words for any clip"),
        ("a four\n", "of a has 'four', which is not in the vocabulary"),
    ],
)
def test_what_cannot_be_scored_is_refused(tmp_path, transcript, message):
    with pytest.raises(ValueError, match=message):
        read_speech_test_set(folder_of(tmp_path, transcript), DIGITS)


@pytest.mark.parametrize("measured, rows", [(None, range(6)), (3, (0, 2, 4))])
def test_what_is_measured_is_spread_over_the_set(measured, rows):
    test = SpeechTestSet(None, {}, measured=measured)
    assert test.measured_of("abcdef") == ["abcdef"[row] for row in rows]
    assert SpeechTestSet(None, {}, measured=9).measured_of("ab") == ["a", "b"]


class Named:
    """Stands in for the reader: files are named after their words."""

    def __init__(self, *names):
        self.recognisers = dict.fromkeys(names)

    def texts(self, name, paths, what):
        return [f"{what}/{path.stem}" for path in paths]


@pytest.fixture
def test_set(tmp_path):
    text = "".join(f"{clip} one\n" for clip in "abcd")
    return read_speech_test_set(folder_of(tmp_path, text), draws=20, measured=2)


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
    score = context.score("toy", values, {("", "a"): {"more": "x"}})
    assert score.entry["value"] == 1.5 and score.entry["clips"] == 2
    assert score.clips["", "a"] == {"toy": 1.0, "more": "x"}
    assert context.score("toy", {}) is None
    assert context.score("toy", {("", "a"): None}).entry is None
