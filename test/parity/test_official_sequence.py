"""Official GPT-2, phoneme encoder and AudioMAE weights against plain networks."""

from importlib import metadata

import encoder_shapes
import official_sequence
import pytest
import torch
from net_shapes import gpt2 as gpt2_shapes
from net_shapes import sequence as sequence_shapes
from official_draw import BOUNDS, difference, draw

from espnet2.gen_audio.audiomae.encoder import AudioMAEEncoder
from espnet2.gen_audio.checkpoint.assembly.sizes import (
    encoder_conf,
    lm_conf,
    phoneme_conf,
)
from espnet2.gen_audio.checkpoint.tables import audiomae as audiomae_names
from espnet2.gen_audio.checkpoint.tables import lm as lm_names
from espnet2.gen_audio.checkpoint.tables import phoneme as phoneme_names
from espnet2.gen_audio.checkpoint.tables.renaming import rename
from espnet2.gen_audio.condition.condition import Condition
from espnet2.gen_audio.encoder.phoneme_encoder import PhonemeEncoder
from espnet2.gen_audio.feats.clip import ClipGeometry
from espnet2.gen_audio.loa_lm.lm import LOALanguageModel

VERSION = tuple(map(int, metadata.version("transformers").split(".")[:2]))
DOUBLE = pytest.mark.skipif(
    VERSION < (4, 50),
    reason="transformers before 4.50 makes GPT-2's mask in single precision, which "
    "the lowest number of double precision overflows",
)
GPT2_BOUNDS = [torch.float32, pytest.param(torch.float64, marks=DOUBLE)]
WIDTH, CLAP, T5 = 128, 24, 40  # two heads of 64


def lm_pair(dtype, padding, swap=False):
    state = draw(gpt2_shapes(WIDTH, 2, 11, 64), 0, dtype)
    around = draw(sequence_shapes((CLAP, T5), WIDTH), 1, dtype)
    renamed = rename(state, lm_names.GPT2_TABLE, "GPT-2").state
    table = lm_names.OFFICIAL_SEQUENCE_TABLE
    renamed |= rename(around, table, "sequence").state
    if swap:
        a, b = (f"lm.sequence.{end}_markers.weight" for end in ("start", "end"))
        renamed[a], renamed[b] = renamed[b], renamed[a]
    ours = LOALanguageModel(**lm_conf(renamed), padding=padding).to(dtype).eval()
    ours.load_state_dict({n.removeprefix("lm."): t for n, t in renamed.items()})
    return state | around, ours


def captions(dtype, lengths):
    torch.manual_seed(1)
    sentence = torch.randn(len(lengths), 1, CLAP, dtype=dtype)
    tokens = torch.randn(len(lengths), max(lengths), T5, dtype=dtype)
    return {
        "sentence": Condition.from_lengths(sentence),
        "tokens": Condition.from_lengths(tokens, torch.tensor(lengths)),
    }


def rolled(state, conditions, rows=slice(None)):
    given = [(c.embedding[rows], c.mask[rows]) for c in conditions.values()]
    return official_sequence.generate(state, given, 6)


@pytest.mark.parametrize("dtype", GPT2_BOUNDS)
def test_official_gpt2_weights_roll_out_the_official_loa(dtype):
    state, ours = lm_pair(dtype, "official")
    conditions = captions(dtype, [7, 4])
    with torch.no_grad():
        got = ours.generate(conditions, 6)
        assert difference(got, rolled(state, conditions)) < BOUNDS[dtype]


@DOUBLE
def test_without_pads_inside_a_caption_generates_as_if_it_were_alone():
    state, ours = lm_pair(torch.float64, "strip")
    conditions = captions(torch.float64, [7, 4])
    alone = {
        name: Condition(c.embedding[1:, :4], c.mask[1:, :4])
        for name, c in conditions.items()
    }
    with torch.no_grad():
        got = ours.generate(conditions, 6)[1:]
        assert difference(got, rolled(state, alone)) < 1e-12
        padded = rolled(state, conditions)[1:]
        assert difference(got, padded) > 1e-4  # quirk of the authors' padding


@DOUBLE
def test_start_and_end_markers_exchanged_are_another_model():
    state, ours = lm_pair(torch.float64, "official", swap=True)
    conditions = captions(torch.float64, [7, 4])
    with torch.no_grad():
        got = ours.generate(conditions, 6)
    assert difference(got, rolled(state, conditions)) > 1e-4


def phoneme_pair(dtype):
    state = draw(encoder_shapes.phonemes(32, 2, 2, 48), 0, dtype)
    renamed = rename(state, phoneme_names.OFFICIAL_TABLE, "phonemes").state
    ours = PhonemeEncoder(**phoneme_conf(renamed)).to(dtype).eval()
    own = {n.removeprefix("text_encoder."): t for n, t in renamed.items()}
    ours.load_state_dict(own)
    return state, ours


@pytest.mark.parametrize("dtype", BOUNDS)
def test_official_phoneme_weights_give_the_official_states(dtype):
    state, ours = phoneme_pair(dtype)
    torch.manual_seed(1)
    ids, lengths = torch.randint(1, 183, (2, 17)), torch.tensor([17, 9])
    with torch.no_grad():
        reference, mask = official_sequence.phonemes(state, ids, lengths)
        got = ours(ids, lengths)
    assert torch.equal(got.mask, mask)
    assert difference(got.embedding[mask], reference[mask]) < BOUNDS[dtype]


def test_keys_and_values_of_the_phoneme_encoder_exchanged_are_noticed(monkeypatch):
    letters = phoneme_names._LETTERS | {"k": "v_proj", "v": "k_proj"}
    monkeypatch.setattr(phoneme_names, "_LETTERS", letters)
    state, ours = phoneme_pair(torch.float64)
    ids, lengths = torch.arange(1, 12)[None], torch.tensor([11])
    with torch.no_grad():
        reference, _ = official_sequence.phonemes(state, ids, lengths)
        assert difference(ours(ids, lengths).embedding, reference) > 1e-4


@pytest.mark.parametrize("dtype", BOUNDS)
def test_official_audiomae_weights_give_the_features_of_a_plain_vit(dtype):
    geometry = ClipGeometry(seconds=0.64, fbank_bins=32)
    state = draw(encoder_shapes.audiomae(128, 5, geometry.num_patches), 0, dtype)
    net = rename(state, audiomae_names.TABLE, "AudioMAE")
    renamed, left_out = net.state, net.notes
    assert any("decoder" in line for line in left_out)
    ours = AudioMAEEncoder(geometry, **encoder_conf(renamed)).to(dtype).eval()
    own = {n.removeprefix("mae.encoder."): t for n, t in renamed.items()}
    ours.load_state_dict(own)
    torch.manual_seed(1)
    fbank = torch.randn(2, 64, 32, dtype=dtype)
    with torch.no_grad():
        reference = official_sequence.audiomae(state, fbank)
        got = ours.patch_features(fbank)
    assert difference(got, reference) < BOUNDS[dtype]
    # the table is the file's, not one that was made anew
    assert torch.equal(ours.pos_embed, state["pos_embed"])
