"""Phonemes become ids; ids, and data without phonemes, are returned unchanged."""

import logging

import numpy as np
import pytest

from espnet2.gen_audio.text.phoneme_preprocessor import PhonemePreprocessor
from espnet2.gen_audio.text.phoneme_reader import PhonemeReader
from espnet2.gen_audio.text.phoneme_vocabulary import PhonemeVocabulary

TOKENS = ["<blank>", "<unk>", "<space>", "AO1", "D", "G", "<sos/eos>"]


@pytest.fixture
def preprocessor():
    return PhonemePreprocessor(True, PhonemeVocabulary(TOKENS))


def test_phonemes_become_ids_and_other_keys_stay(preprocessor):
    loa = np.zeros((2, 3), np.float32)
    data = preprocessor("id", {"phonemes": "D AO1 <space> G", "loa": loa})
    assert data["phonemes"].tolist() == [4, 3, 2, 5, 6]
    assert data["phonemes"].dtype == np.int64 and data["loa"] is loa


def test_a_second_pass_and_an_example_without_phonemes_change_nothing(preprocessor):
    once = preprocessor("id", {"phonemes": "D"})
    assert preprocessor("id", once) == once
    assert preprocessor("id", {}) == {}


def test_an_unknown_token_is_skipped_and_counted_and_warned_of_once(
    preprocessor, caplog
):
    with caplog.at_level(logging.WARNING):
        for uid in ("clip1", "clip2"):
            data = preprocessor(uid, {"phonemes": "D ZH ZH G"})
            assert data["phonemes"].tolist() == [4, 5, 6]
    assert caplog.text.count("'ZH'") == 1 and "clip1" in caplog.text
    assert preprocessor.unknown == {"ZH": 4}


def test_an_example_without_a_known_phoneme_is_named(preprocessor):
    with pytest.raises(ValueError, match="clip7: phonemes 'ZH' hold no known symbol"):
        preprocessor("clip7", {"phonemes": "ZH"})


@pytest.mark.parametrize(
    "conf",
    [None, {"g2p": "g2p_en", "cleaner": "tacotron", "tokens": TOKENS}],
)
def test_training_and_generation_make_the_same_ids_of_a_transcript(conf):
    reader = PhonemeReader(conf)
    # as prepare_phonemes stores them
    stored = " ".join(reader.front_end("Dog, dog's 3 dogs."))
    preprocess = PhonemePreprocessor(False, reader.vocabulary)
    trained = preprocess("id", {"phonemes": stored})["phonemes"].tolist()
    # as a request spells them
    assert reader.ids(reader.spell("Dog, dog's 3 dogs.")) == trained
    assert reader.ids(reader.spell_tokens(stored)) == trained and len(trained) > 8


def test_a_clip_without_transcript_is_the_empty_text_where_it_is_allowed(preprocessor):
    with pytest.raises(ValueError, match="clip7: "):
        preprocessor("clip7", {"phonemes": ""})
    optional = PhonemePreprocessor(True, preprocessor.vocabulary, optional=True)
    data = optional("clip7", {"phonemes": " "})
    assert data["phonemes"].tolist() == preprocessor.vocabulary.empty() == [6]
    assert optional("a", {"phonemes": "D"})["phonemes"].tolist() == [4, 6]
