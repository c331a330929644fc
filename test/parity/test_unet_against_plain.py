"""The U-Net against the same network written with torch.nn.functional only.

The plain forward knows the published layout (AudioLDM 2 U-Net): residual blocks,
self-attention and cross-attention transformers in the order self, LOA, text, heads of
32 features, sinusoidal steps with the cosine first. It reads the wrapper's weights by
name and shares no code with diffusers.
"""

import math

import pytest
import torch
import torch.nn.functional as f

from espnet2.gen_audio.condition.condition import Condition
from espnet2.gen_audio.diffusion.build import build_backbone

CHANNELS = (32, 64, 96)
LAYERS = 1
HEAD_DIM = 32


class Plain:
    """The published network as plain functions of a state dict."""

    def __init__(self, weights, head_dim=HEAD_DIM, positions=3, depth=1):
        self.weights = weights
        self.head_dim = head_dim
        self.positions = positions  # transformers of one attention position
        self.depth = depth

    def get(self, name):
        return self.weights[f"net.{name}.weight"], self.weights.get(f"net.{name}.bias")

    def conv(self, name, x, stride=1):
        weight, bias = self.get(name)
        return f.conv2d(x, weight, bias, stride=stride, padding=weight.shape[-1] // 2)

    def linear(self, name, x):
        return f.linear(x, *self.get(name))

    def group(self, name, x, eps):
        return f.group_norm(x, 32, *self.get(name), eps=eps)

    def layer(self, name, x):
        return f.layer_norm(x, x.shape[-1:], *self.get(name), eps=1e-5)

    def residual(self, name, x, time):
        h = self.conv(f"{name}.conv1", f.silu(self.group(f"{name}.norm1", x, 1e-5)))
        h = h + self.linear(f"{name}.time_emb_proj", f.silu(time))[:, :, None, None]
        h = self.conv(f"{name}.conv2", f.silu(self.group(f"{name}.norm2", h, 1e-5)))
        if f"net.{name}.conv_shortcut.weight" in self.weights:
            x = self.conv(f"{name}.conv_shortcut", x)
        return x + h

    def attend(self, name, x, states, mask):
        split = (len(x), -1, x.shape[-1] // self.head_dim, self.head_dim)
        q = self.linear(f"{name}.to_q", x).view(split).transpose(1, 2)
        k = self.linear(f"{name}.to_k", states).view(split).transpose(1, 2)
        v = self.linear(f"{name}.to_v", states).view(split).transpose(1, 2)
        scores = q @ k.transpose(2, 3) / math.sqrt(self.head_dim)
        if mask is not None:
            scores = scores.masked_fill(~mask[:, None, None], float("-inf"))
        mixed = (scores.softmax(dim=-1) @ v).transpose(1, 2).flatten(2)
        return self.linear(f"{name}.to_out.0", mixed)

    def block(self, name, x, condition):
        own = self.layer(f"{name}.norm1", x)
        x = x + self.attend(f"{name}.attn1", own, own, None)
        query = self.layer(f"{name}.norm2", x)
        states, mask = (query, None) if condition is None else condition
        x = x + self.attend(f"{name}.attn2", query, states, mask)
        hidden = self.linear(f"{name}.ff.net.0.proj", self.layer(f"{name}.norm3", x))
        value, gate = hidden.chunk(2, dim=-1)
        return x + self.linear(f"{name}.ff.net.2", value * f.gelu(gate))

    def transformer(self, name, x, condition):
        h = self.conv(f"{name}.proj_in", self.group(f"{name}.norm", x, 1e-6))
        h = h.flatten(2).transpose(1, 2)  # time-major positions
        for d in range(self.depth):
            h = self.block(f"{name}.transformer_blocks.{d}", h, condition)
        h = h.transpose(1, 2).view(x.shape)
        return x + self.conv(f"{name}.proj_out", h)

    def position(self, name, j, x, conditions):
        for k, condition in enumerate(conditions):
            x = self.transformer(
                f"{name}.attentions.{j * self.positions + k}", x, condition
            )
        return x

    def time(self, step):
        half = CHANNELS[0] // 2
        rate = torch.exp(
            -math.log(10000) * torch.arange(half, dtype=torch.float32) / half
        )
        angle = step[:, None].float() * rate
        wave = torch.cat([angle.cos(), angle.sin()], dim=1)
        wave = wave.to(self.weights["net.conv_in.weight"].dtype)
        hidden = f.silu(self.linear("time_embedding.linear_1", wave))
        return self.linear("time_embedding.linear_2", hidden)

    def __call__(self, x, step, conditions):
        time, last = self.time(step), len(CHANNELS) - 1
        x = self.conv("conv_in", x)
        kept = [x]
        for level in range(len(CHANNELS)):
            name = f"down_blocks.{level}"
            for j in range(LAYERS):
                x = self.residual(f"{name}.resnets.{j}", x, time)
                x = self.position(name, j, x, conditions) if level else x
                kept.append(x)
            if level < last:
                x = self.conv(f"{name}.downsamplers.0.conv", x, stride=2)
                kept.append(x)
        x = self.residual("mid_block.resnets.0", x, time)
        x = self.position("mid_block", 0, x, conditions)
        x = self.residual("mid_block.resnets.1", x, time)
        for up in range(len(CHANNELS)):
            name, level = f"up_blocks.{up}", last - up
            for j in range(LAYERS + 1):
                x = torch.cat([x, kept.pop()], dim=1)
                x = self.residual(f"{name}.resnets.{j}", x, time)
                x = self.position(name, j, x, conditions) if level else x
            if level:
                x = f.interpolate(x, scale_factor=2, mode="nearest")
                x = self.conv(f"{name}.upsamplers.0.conv", x)
        return self.conv("conv_out", f.silu(self.group("conv_norm_out", x, 1e-5)))


def inputs(dtype):
    torch.manual_seed(1)
    noisy = torch.randn(2, 4, 8, 4).to(dtype)
    step = torch.tensor([3, 800])
    loa = Condition.from_lengths(torch.randn(2, 3, 24).to(dtype))
    states = torch.randn(2, 5, 40).to(dtype)
    tokens = Condition.from_lengths(states, torch.tensor([5, 2]))
    return noisy, step, {"loa": loa, "tokens": tokens}


def pairs(given):
    """Return embedding and mask of each condition, as the plain network takes them."""
    return [(condition.embedding, condition.mask) for condition in given.values()]


def network(dtype, **options):
    torch.manual_seed(0)
    sizes = {
        "latent_channels": 4,
        "channels": CHANNELS,
        "layers_per_block": LAYERS,
        "head_dim": HEAD_DIM,
        "zero_start": False,
        "loa_dim": 24,
        "tokens_dim": 40,
    }
    unet = build_backbone({"unet_conf": {**sizes, **options}})
    with torch.no_grad():
        for weight in unet.parameters():  # norms and biases start as ones and zeros
            weight.add_(0.1 * torch.randn_like(weight))
    return unet.to(dtype).eval()


def error(ours, plain):
    return ((ours - plain).abs().max() / plain.abs().max()).item()


@pytest.mark.parametrize(("dtype", "bound"), [("float32", 1e-5), ("float64", 1e-12)])
@torch.no_grad()
def test_full_layout_equals_the_plain_network(dtype, bound):
    dtype = getattr(torch, dtype)
    unet = network(dtype)
    noisy, step, given = inputs(dtype)
    plain = Plain(unet.state_dict())(noisy, step, [None, *pairs(given)])
    assert error(unet(noisy, step, given), plain) < bound


@torch.no_grad()
def test_large_layout_equals_the_plain_network():
    unet = network(torch.float64, extra_self_attention=True, transformer_depth=2)
    noisy, step, given = inputs(torch.float64)
    plain = Plain(unet.state_dict(), positions=4, depth=2)
    expected = plain(noisy, step, [None, *pairs(given), None])
    assert error(unet(noisy, step, given), expected) < 1e-12


@pytest.mark.parametrize("stream", ["loa", "tokens"])
@torch.no_grad()
def test_layouts_with_one_condition_equal_the_plain_network(stream):
    absent = {"loa": "tokens_dim", "tokens": "loa_dim"}[stream]
    unet = network(torch.float64, **{absent: None})
    noisy, step, both = inputs(torch.float64)
    given = {stream: both[stream]}
    plain = Plain(unet.state_dict(), positions=2)
    expected = plain(noisy, step, [None, *pairs(given)])
    assert error(unet(noisy, step, given), expected) < 1e-12


@torch.no_grad()
def test_joined_layout_equals_the_plain_network_on_both_conditions_side_by_side():
    unet = network(torch.float64, joined_dim=16)
    noisy, step, given = inputs(torch.float64)
    weights = unet.state_dict()
    states = [
        f.linear(
            condition.embedding,
            weights[f"{name}_projection.weight"],
            weights[f"{name}_projection.bias"],
        )
        for name, condition in given.items()
    ]
    masks = [condition.mask for condition in given.values()]
    pair = (torch.cat(states, dim=1), torch.cat(masks, dim=1))
    expected = Plain(weights, positions=1)(noisy, step, [pair])
    assert error(unet(noisy, step, given), expected) < 1e-12


@torch.no_grad()
def test_heads_of_another_size_are_told_apart():
    # diffusers' published configs say 8 and mean the number of heads (quirk Q1)
    unet = network(torch.float64)
    noisy, step, given = inputs(torch.float64)
    wrong = Plain(unet.state_dict(), head_dim=16)(noisy, step, [None, *pairs(given)])
    assert error(unet(noisy, step, given), wrong) > 1e-4
