"""The test set of speech: transcripts read, permutations, refusals."""

import pytest

from espnet2.gen_audio.metrics.speech_evaluation.speech_set import (
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
