"""Which models read phonemes, and whether two read the same ones."""

import logging

import pytest

from espnet2.gen_audio.encoder.speech_config import (
    phoneme_reader,
    reads_phonemes,
    refuse_other_phonemes,
    warn_if_unpadded,
)

TOKENS = ["<blank>", "<unk>", "AO1", "D", "<sos/eos>"]
OWN = {"g2p": "g2p_en_no_space", "cleaner": "tacotron", "tokens": TOKENS}
PUBLISHED = {"text_encoder": "phonemes"}


def test_the_table_of_encoders_says_who_reads_phonemes(monkeypatch):
    from espnet2.gen_audio.encoder.choices import text_encoder_choices as table

    assert reads_phonemes(PUBLISHED)
    assert not reads_phonemes({}) and not reads_phonemes({"text_encoder": "units"})
    monkeypatch.setitem(table.classes, "own", table.classes["phonemes"])
    assert phoneme_reader({"text_encoder": "own"}).vocabulary.is_published


def test_the_language_model_of_a_joint_training_is_asked():
    own = PUBLISHED | {"phonemes_conf": OWN}
    assert phoneme_reader({"loa_lm_conf": own, "ldm_conf": {}}).conf == OWN
    assert phoneme_reader({"text_encoder": "units"}) is None
    assert phoneme_reader({}) is None
    assert phoneme_reader(own, official=True).official
    assert not phoneme_reader(own).official


def test_a_speech_model_of_an_earlier_conversion_is_warned_of(caplog):
    old = PUBLISHED | {"provenance": {"source": "x.pth"}, "lm_conf": {"width": 8}}
    new = old | {"lm_conf": {"condition_lengths": {"tokens": 310}}}
    own = old | {"phonemes_conf": OWN}  # a training that was packed
    text = old | {"text_encoder": "none"}
    with caplog.at_level(logging.WARNING):
        for config in (new, own, text, PUBLISHED):
            warn_if_unpadded(config, "out/loa_lm")
        assert caplog.text == ""
        warn_if_unpadded(old, "out/loa_lm")
    assert "out/loa_lm has no lm_conf.condition_lengths" in caplog.text


def test_weights_of_other_phonemes_are_refused_with_the_names_of_both_lists():
    own = {"text_encoder": "phonemes", "phonemes_conf": OWN}
    with pytest.raises(ValueError) as caught:
        refuse_other_phonemes(own, PUBLISHED, "--init_from x.pth")
    message = str(caught.value)
    assert "the published table of 183 symbols" in message and "\n" not in message
    assert "a list of 5 tokens (AO1 to D)" in message and "x.pth" in message
    # other phonemes are no matter where one of the two reads none
    refuse_other_phonemes(own, {"text_encoder": "units"}, "")
    # how text becomes the same tokens may differ
    refuse_other_phonemes(own, {**own, "phonemes_conf": {**OWN, "cleaner": "none"}}, "")
