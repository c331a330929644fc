"""Names of CLAP: one rule for each, and the parting of the common matrix."""

import pytest
import torch

from espnet2.gen_audio.checkpoint.tables.clap import TABLE, split_attention
from espnet2.gen_audio.checkpoint.tables.renaming import matching, rename


def test_every_official_name_has_exactly_one_rule(official):
    for name in split_attention(official.fill(official.clap(), 0)):
        assert len(matching(name, TABLE)) == 1, name


def test_every_weight_of_transformers_own_model_is_reached_once(official):
    """The other half: nothing of a ClapModel but index tables lacks a source."""
    from transformers import ClapModel

    from espnet2.gen_audio.checkpoint.archive.provenance import provenance_of
    from espnet2.gen_audio.checkpoint.assembly.encoders import clap_encoder

    state = official.fill(official.clap(), 0)
    stated = provenance_of("sentence_encoder", "x.pth")
    config = clap_encoder(state, stated).config
    reached = set(rename(split_attention(state), TABLE, "CLAP").state)
    wanted = ClapModel(ClapModel.config_class(**config)).named_parameters()
    assert {name for name, _ in wanted} <= reached


def test_queries_keys_and_values_are_the_three_thirds_in_this_order():
    name = "audio_branch.layers.0.blocks.0.attn"
    fused = torch.arange(12.0).view(6, 2)
    parted = split_attention({f"{name}.qkv.weight": fused})
    for n, letter in enumerate(("query", "key", "value")):
        assert torch.equal(parted[f"{name}.{letter}.weight"], fused[2 * n : 2 * n + 2])


def test_other_tensors_are_not_touched():
    state = {"audio_branch.layers.0.blocks.0.attn.proj.weight": torch.ones(2)}
    assert split_attention(state) == state


@pytest.mark.parametrize(
    "name",
    [
        "audio_branch.layers.0.blocks.0.norm3.weight",
        "text_branch.encoder.layer.0.crossattention.self.query.weight",
        "audio_projection.1.weight",
        "logit_scale",
    ],
)
def test_a_name_of_another_network_has_no_rule(name):
    assert matching(name, TABLE) == []
