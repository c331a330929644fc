"""Autoencoder names, official and of older and newer diffusers, reach ours once."""

import net_shapes
import pytest
import torch

from espnet2.gen_audio.checkpoint.assembly.sizes import vae_conf
from espnet2.gen_audio.checkpoint.tables.renaming import rename
from espnet2.gen_audio.checkpoint.tables.vae import (
    as_linear,
    diffusers_table,
    official_table,
)
from espnet2.gen_audio.feats.clip import ClipGeometry
from espnet2.gen_audio.vae.autoencoder import MelVAE

WIDTHS = (32, 32, 64)


def official():
    shapes = net_shapes.vae(WIDTHS, 8)
    return {name: torch.randn(shape) for name, shape in shapes.items()}


def ours():
    geometry = ClipGeometry(seconds=0.64)
    return MelVAE(geometry, block_out_channels=WIDTHS).state_dict()


def test_official_names_correspond_one_to_one():
    state = official()
    net = rename(state, official_table(state), "VAE")
    renamed, left_out = net.state, net.notes
    expected = {f"vae.{n}": t.shape for n, t in ours().items()}
    assert {n: t.shape for n, t in renamed.items()} == expected
    assert left_out == []
    assert vae_conf(renamed)["block_out_channels"] == list(WIDTHS)


def test_levels_of_the_decoder_are_counted_from_the_other_end():
    state = official()
    renamed = rename(state, official_table(state), "VAE").state
    name = "vae.net.decoder.up_blocks.2.resnets.0.conv1.weight"
    assert renamed[name] is state["decoder.up.0.block.0.conv1.weight"]


def test_the_loss_of_its_training_is_left_out_and_told():
    state = official()
    more = {"loss.discriminator.main.0.weight": torch.ones(1)}
    left_out = rename(state | more, official_table(state), "VAE").notes
    assert len(left_out) == 1 and "discriminator" in left_out[0]


@pytest.mark.parametrize("older", [False, True], ids=["newer", "older"])
def test_diffusers_names_of_any_release_are_ours(older):
    names = {"to_q": "query", "to_k": "key", "to_v": "value", "to_out.0": "proj_attn"}
    state = {n.removeprefix("net."): t for n, t in ours().items()}
    given = {}
    for name, tensor in state.items():
        if older and ".attentions.0." in name:
            for new, old in names.items():
                name = name.replace(f".{new}.", f".{old}.")
            if tensor.dim() == 2:
                tensor = tensor[:, :, None, None]
        given[name] = tensor
    renamed = rename(given, diffusers_table(), "VAE").state
    assert renamed.keys() == {f"vae.net.{name}" for name in state}
    assert all(torch.equal(renamed[f"vae.net.{n}"], t) for n, t in state.items())


def test_what_is_no_autoencoder_is_refused():
    with pytest.raises(ValueError, match="layout of latent diffusion"):
        official_table({"weight": torch.ones(1)})


def test_a_convolution_of_one_pixel_is_a_matrix():
    matrix = torch.randn(3, 2)
    assert torch.equal(as_linear(matrix[:, :, None, None]), matrix)
    assert torch.equal(as_linear(matrix), matrix)
