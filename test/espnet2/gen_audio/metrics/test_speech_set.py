"""The test set of speech: transcripts read, other utterances dealt out, refusals."""

import pytest

from espnet2.gen_audio.metrics.speech_set import SpeechTest, read_speech_test

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
    test = read_speech_test(folder_of(tmp_path), DIGITS)
    assert test.transcripts == {"a": ["one", "two"], "b": ["two", "three"]}


def test_speakers_count_only_when_all_are_known(tmp_path):
    test = read_speech_test(folder_of(tmp_path, speakers="a x\nb y\nd z\n"))
    assert test.speakers == {"a": "x", "b": "y"} and test.several_speakers
    test = read_speech_test(folder_of(tmp_path, speakers="a x\n"))
    assert test.speakers == {} and not test.several_speakers


def test_every_deal_gives_each_utterance_another_one(tmp_path):
    text = "".join(f"{clip} one\n" for clip in "abcd")
    deals = read_speech_test(folder_of(tmp_path, text)).deals()
    assert len({tuple(sorted(deal.items())) for deal in deals}) > 1
    for deal in deals:
        assert set(deal) == set(deal.values()) == set("abcd")
        assert all(clip != other for clip, other in deal.items())


def test_one_utterance_has_no_other(tmp_path):
    assert read_speech_test(folder_of(tmp_path, "a one\n")).deals() == []


@pytest.mark.parametrize(
    ("transcript", "message"),
    [
        (None, "transcript is missing"),
        ("c\n", "no words for any clip"),
        ("a four\n", "a says 'four', which is not in the vocabulary"),
    ],
)
def test_what_cannot_be_scored_is_refused(tmp_path, transcript, message):
    with pytest.raises(ValueError, match=message):
        read_speech_test(folder_of(tmp_path, transcript), DIGITS)


@pytest.mark.parametrize("measured, places", [(None, range(6)), (3, (0, 2, 4))])
def test_what_is_measured_is_spread_over_the_set(measured, places):
    test = SpeechTest(None, {}, measured=measured)
    assert test.measured_of("abcdef") == ["abcdef"[place] for place in places]
    assert SpeechTest(None, {}, measured=9).measured_of("ab") == ["a", "b"]
