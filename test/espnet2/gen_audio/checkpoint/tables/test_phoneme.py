"""Phoneme encoder names, of VITS and of transformers, reach ours once."""

import encoder_shapes
import torch

from espnet2.gen_audio.checkpoint.assembly.sizes import phoneme_conf
from espnet2.gen_audio.checkpoint.tables import phoneme as phoneme_names
from espnet2.gen_audio.checkpoint.tables.renaming import rename
from espnet2.gen_audio.encoder.phoneme_encoder import PhonemeEncoder


def official():
    shapes = encoder_shapes.phonemes(16, 2, 2, 24)
    return {name: torch.randn(shape) for name, shape in shapes.items()}


def test_official_names_correspond_one_to_one():
    net = rename(official(), phoneme_names.OFFICIAL_TABLE, "phonemes")
    state, left_out = net.state, net.notes
    ours = PhonemeEncoder(**phoneme_conf(state)).state_dict()
    assert {n: t.shape for n, t in state.items()} == {
        f"text_encoder.{n}": t.shape for n, t in ours.items()
    }
    assert left_out == []


def test_of_a_vits_model_only_the_text_encoder_is_taken():
    given = {
        "text_encoder.embed_tokens.weight": torch.ones(2),
        "flow.flows.0.weight": torch.ones(1),
        "decoder.conv_pre.bias": torch.ones(1),
    }
    net = rename(given, phoneme_names.VITS_MODEL_TABLE, "VITS")
    state, left_out = net.state, net.notes
    assert list(state) == ["text_encoder.net.embed_tokens.weight"]
    assert len(left_out) == 1 and "speech synthesis" in left_out[0]
