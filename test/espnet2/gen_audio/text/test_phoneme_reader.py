"""What is said, to the ids of one model, as its config.yaml says."""

import logging

import pytest

from espnet2.gen_audio.text.phoneme_reader import PhonemeReader, completed

OWN = {
    "g2p": "g2p_en",
    "cleaner": "tacotron",
    "tokens": ["<blank>", "<unk>", "<space>", "AO1", "D", "G", "<sos/eos>"],
}


def test_a_config_without_phonemes_conf_means_the_published_way():
    reader = PhonemeReader.of_config({"text_encoder": "phonemes"})
    assert reader.vocabulary.is_published
    assert reader.ids(reader.spell("Hello")) == [50, 83, 54, 156, 57, 135, 182]


def test_one_s_own_way_is_followed():
    reader = PhonemeReader(OWN)
    assert reader.spell("dog dog") == "D AO1 G <space> D AO1 G"
    assert reader.ids(reader.spell("dog dog")) == [4, 3, 5, 2, 4, 3, 5, 6]


def test_tokens_of_a_file_become_the_same_ids():
    published = PhonemeReader()
    assert published.spell_tokens("h ə <space> l") == "hə l"
    assert published.ids("hə l") == published.vocabulary.encode(["h", "ə", " ", "l"])[0]
    assert PhonemeReader(OWN).spell_tokens("D <space> G") == "D <space> G"


def test_phonemes_alone_need_no_front_end(monkeypatch):
    from espnet2.gen_audio.text import phoneme_reader

    monkeypatch.delattr(phoneme_reader, "FrontEnd")
    assert PhonemeReader().ids("a") == [43, 182]


def test_symbols_left_out_are_told_with_their_number(caplog):
    with caplog.at_level(logging.WARNING):
        assert PhonemeReader().ids("aЖЖ") == [43, 182]
    assert "'Ж' x 2" in caplog.text


def test_the_authors_treatment_of_unknown_symbols_is_a_choice(caplog):
    theirs = PhonemeReader(official=True)
    with caplog.at_level(logging.WARNING):
        assert theirs.ids("aЖb") == [43, 0, 44]  # their mask loses one at the end
    assert "read as pads, which takes as many symbols off its end: 'Ж'" in caplog.text
    config = {"text_encoder": "phonemes"}
    assert PhonemeReader.of_config(config, official=True).official
    assert theirs.ids("ab") == PhonemeReader().ids("ab")


def test_words_that_are_left_out_are_named_with_the_transcript(caplog):
    reader = PhonemeReader({**OWN, "cleaner": "none"})
    with caplog.at_level(logging.WARNING):
        reader.spell("a dog, 50% off & www.dog.com")
        assert "transcript 'a dog, 50% off & www.dog.com'" in caplog.text
        assert "leaves out or misreads '50%', '&', 'www.dog.com'" in caplog.text
        caplog.clear()
        reader.spell("a good dog")
    assert caplog.text == ""


def test_a_model_speaks_with_the_cleaner_of_its_training(caplog):
    conf = {"g2p": "espeak_ng_english_us_vits", "cleaner": "tacotron"}
    with caplog.at_level(logging.WARNING):
        assert PhonemeReader(conf).spell("It") == "ˌaɪtˈiː"
    assert "kept as in training; in a new training: --cleaner tacotron" in caplog.text


def test_a_transcript_of_nothing_is_refused():
    for transcript in ("", " ", "\u2603", "привет"):
        message = "--g2p g2p_en can speak; give words in Latin letters"
        with pytest.raises(ValueError, match=message):
            PhonemeReader(OWN).spell(transcript)


def test_the_model_s_positions_bound_the_text():
    config = {"text_encoder": "phonemes", "text_encoder_conf": {"max_positions": 3}}
    with pytest.raises(ValueError, match="2 fit"):
        PhonemeReader.of_config(config).ids("abc")


def test_a_key_that_nobody_reads_is_refused():
    with pytest.raises(ValueError, match="has the key 'token_list'"):
        completed({"token_list": "x"})
