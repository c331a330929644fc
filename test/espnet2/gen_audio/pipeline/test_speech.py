"""Captions of speech: descriptions, transcripts, and who may have them."""

from types import SimpleNamespace

import pytest

from espnet2.gen_audio.conditioner.phoneme_reader import PhonemeReader
from espnet2.gen_audio.pipeline.speech import (
    description_of,
    reader_of,
    spoken,
    with_phonemes,
)

CONF = {"g2p": "char", "tokens": ["<blank>", "<unk>", "<space>", "a", "b", "<sos/eos>"]}


def system(speaks, reader=None):
    encode = SimpleNamespace(reader=reader)
    return SimpleNamespace(encode=encode, facts=SimpleNamespace(speaks=speaks))


SPEECH = system(True, PhonemeReader(CONF))


def test_a_transcript_stands_behind_the_description():
    assert spoken(SPEECH, " a man ", " ab  b ") == "a man | ab b"
    assert spoken(SPEECH, "", "ab") == " | ab"


def test_without_a_transcript_the_caption_stays_as_it_is():
    for one in (SPEECH, system(False)):
        assert spoken(one, "a man | ab", None) == "a man | ab"


def test_words_of_the_given_sound_go_before_those_to_say():
    both = spoken(SPEECH, "a man", "b a", source_transcript="ab ")
    assert both == spoken(SPEECH, "a man", "ab b a")


def test_the_description_is_what_a_ranking_hears():
    assert description_of("a man | ab | b") == "a man"
    assert description_of("a dog barks") == "a dog barks"


@pytest.mark.parametrize("reader", [None, PhonemeReader(CONF)])
def test_a_model_without_phonemes_refuses_a_transcript(reader):
    with pytest.raises(ValueError, match="transcript 'ab' was given.*reads none"):
        spoken(system(False, reader), "a man", "ab")
    with pytest.raises(ValueError, match="--phonemes f was given"):
        reader_of(system(False, reader), "--phonemes f")


def test_phonemes_twice_and_a_prompt_s_words_alone_are_refused():
    with pytest.raises(ValueError, match="give either these or a transcript"):
        with_phonemes("a man | ab", "b")
    with pytest.raises(ValueError, match="without a transcript"):
        spoken(SPEECH, "a man", None, source_transcript="ab")
