"""Layers of the U-Net: the numbers of diffusers' own layers, for any memory format."""

import copy

import pytest
import torch
from diffusers.models.resnet import ResnetBlock2D
from diffusers.models.transformers.transformer_2d import Transformer2DModel

from espnet2.gen_audio.accel import unet_layers
from espnet2.gen_audio.accel.onednn import use_onednn
from espnet2.gen_audio.accel.unet_layers import (
    pointwise,
    run_resnet,
    run_transformer,
    stored_fast,
)

FORMATS = [torch.contiguous_format, torch.channels_last]
NEAR = {"rtol": 1e-4, "atol": 1e-5}


@pytest.fixture(autouse=True, params=[True, False], ids=["onednn", "torch"])
def onednn(request, monkeypatch):
    """Whether oneDNN computes linear layers."""
    torch.manual_seed(0)
    monkeypatch.setattr(unet_layers, "mkl_is_slow", lambda: request.param)
    with torch.no_grad():
        yield request.param


def prepared(layer, onednn):
    layer = copy.deepcopy(layer)
    if onednn:
        use_onednn(layer)
    return layer


@pytest.fixture(params=FORMATS, ids=["channels first", "channels last"])
def states(request):
    return torch.randn(2, 32, 6, 4).contiguous(memory_format=request.param)


@pytest.mark.parametrize("width", [32, 64], ids=["same width", "wider"])
@pytest.mark.parametrize("act", ["silu", "gelu"])
def test_a_residual_block_is_that_of_diffusers(states, width, act, onednn):
    sizes = {"in_channels": 32, "out_channels": width, "temb_channels": 8}
    block = ResnetBlock2D(**sizes, groups=8, non_linearity=act).eval()
    embedded, before = torch.randn(2, 8), states.clone()
    got = run_resnet(prepared(block, onednn), states, embedded)
    torch.testing.assert_close(got, block(states, embedded), **NEAR)
    assert torch.equal(states, before)


def test_a_transformer_is_that_of_diffusers(states, onednn):
    sizes = {"num_attention_heads": 2, "attention_head_dim": 16, "in_channels": 32}
    layer = Transformer2DModel(**sizes, num_layers=2, norm_num_groups=8).eval()
    before = states.clone()
    fast = prepared(layer, onednn)
    for block in fast.transformer_blocks:
        block.attn2, block.norm2 = torch.nn.Identity(), torch.nn.Identity()
    left_out = {block: lambda states, other: other for block in fast.transformer_blocks}
    got = run_transformer(fast, states, left_out)
    torch.testing.assert_close(got, layer(states).sample, **NEAR)
    assert torch.equal(states, before)


def test_blocks_without_a_given_attention_attend_to_themselves(states, onednn):
    sizes = {"num_attention_heads": 2, "attention_head_dim": 16, "in_channels": 32}
    layer = Transformer2DModel(
        **sizes, norm_num_groups=8, double_self_attention=True
    ).eval()
    got = run_transformer(prepared(layer, onednn), states, {})
    torch.testing.assert_close(got, layer(states).sample, **NEAR)


def test_a_kernel_of_one_is_a_linear_layer(states):
    layer = torch.nn.Conv2d(32, 12, 1)
    torch.testing.assert_close(pointwise(layer, states), layer(states), **NEAR)


def test_compiled_a_kernel_of_one_breaks_no_graph(states):
    torch._dynamo.reset()
    layer = torch.nn.Conv2d(32, 12, 1)
    run = torch.compile(pointwise, fullgraph=True, backend="eager")
    torch.testing.assert_close(run(layer, states), layer(states), **NEAR)
    torch._dynamo.reset()


def test_states_are_stored_channels_last_on_a_cpu_without_gradients(states):
    assert stored_fast(states).is_contiguous(memory_format=torch.channels_last)
    with torch.enable_grad():
        assert stored_fast(states).is_contiguous()


def test_gradients_go_through_all_layers(onednn):
    states = torch.randn(2, 32, 6, 4)
    sizes = {"in_channels": 32, "out_channels": 64, "temb_channels": 8}
    block = prepared(ResnetBlock2D(**sizes, groups=8).eval(), onednn)
    with torch.enable_grad():
        run_resnet(block, states, torch.randn(2, 8)).sum().backward()
    assert all(weight.grad is not None for weight in block.parameters())
