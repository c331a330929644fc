"""Captions of speech: descriptions, transcripts and phonemes."""

import pytest

from espnet2.gen_audio.pipeline.speech import (
    description_of,
    has_phonemes,
    with_phonemes,
    with_transcript,
)
from espnet2.gen_audio.text.phoneme_reader import PhonemeReader

CONF = {"g2p": "char", "tokens": ["<blank>", "<unk>", "<space>", "a", "b", "<sos/eos>"]}
READER = PhonemeReader(CONF)


def test_the_phonemes_of_a_transcript_stand_behind_the_description():
    assert with_transcript(READER, " a man ", " ab  b ") == "a man | ab b"
    assert with_transcript(READER, "", "ab") == " | ab"


def test_the_transcript_of_the_given_sound_goes_before_the_new_one():
    both = with_transcript(READER, "a man", "b a", source_transcript="ab ")
    assert both == with_transcript(READER, "a man", "ab b a")


def test_the_description_is_what_stands_before_the_bar():
    assert description_of("a man | ab | b") == "a man"
    assert description_of("a dog barks") == "a dog barks"


def test_phonemes_twice_are_refused():
    with pytest.raises(ValueError, match="give either these or a transcript"):
        with_phonemes("a man | ab", "b")


@pytest.mark.parametrize(
    "caption, spoken",
    [("a man | W AH1 N", True), ("a man |", False), ("a man", False), ("| W", True)],
)
def test_a_caption_is_spoken_if_phonemes_stand_behind_its_bar(caption, spoken):
    assert has_phonemes(caption) is spoken
