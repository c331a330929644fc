"""GPT-2 and its surroundings: both forms reach the same names of ours."""

import net_shapes
import torch

from espnet2.gen_audio.checkpoint.assembly.sizes import lm_conf
from espnet2.gen_audio.checkpoint.tables import lm as lm_names
from espnet2.gen_audio.checkpoint.tables.renaming import rename
from espnet2.gen_audio.loa_lm.lm import LOALanguageModel

DIMS = (12, 20)


def gpt2():
    shapes = net_shapes.gpt2(64, 2, 11, 32)
    return {name: torch.randn(shape) for name, shape in shapes.items()}


def around():
    shapes = net_shapes.sequence(DIMS, 64)
    return {name: torch.randn(shape) for name, shape in shapes.items()}


def test_official_names_correspond_one_to_one():
    state = rename(gpt2(), lm_names.GPT2_TABLE, "GPT-2").state
    more = rename(around(), lm_names.OFFICIAL_SEQUENCE_TABLE, "sequence").state
    state |= more
    ours = LOALanguageModel(**lm_conf(state)).state_dict()
    assert {n: t.shape for n, t in state.items()} == {
        f"lm.{n}": t.shape for n, t in ours.items()
    }


def test_masks_and_the_tied_layer_of_older_files_are_left_out_and_told():
    given = {f"transformer.{n}": t for n, t in gpt2().items()}
    given |= {
        "transformer.h.0.attn.bias": torch.ones(1),
        "transformer.h.1.attn.masked_bias": torch.ones(1),
        "lm_head.weight": given["transformer.wte.weight"],
    }
    net = rename(given, lm_names.GPT2_TABLE, "GPT-2")
    state, left_out = net.state, net.notes
    assert state.keys() == rename(gpt2(), lm_names.GPT2_TABLE, "GPT-2").state.keys()
    assert len(left_out) == 2 and "h.0.attn.bias and 1 more" in left_out[0]


def test_vectors_of_diffusers_become_the_first_rows_of_the_tables():
    vectors = {
        f"{marker}_embed{end}": torch.randn(64)
        for marker in ("sos", "eos")
        for end in ("", "_1")
    }
    linear = {
        "projection.weight": torch.randn(64, 12),
        "projection.bias": torch.ones(64),
    }
    given = vectors | linear
    state = rename(given, lm_names.DIFFUSERS_PROJECTION_TABLE, "projections").state
    tables = lm_names.with_marker_tables(state)
    start = tables["lm.sequence.start_markers.weight"]
    assert start.shape == (32, 64)
    assert torch.equal(start[0], vectors["sos_embed"])
    assert torch.equal(start[1], vectors["sos_embed_1"])
    assert (start[2:] == 0).all()
    assert "lm.sequence.projections.sentence.weight" in tables
