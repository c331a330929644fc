"""The official mel autoencoder and vocoder as plain functions of official names.

Written from the description of latent diffusion (arXiv:2112.10752) and HiFi-GAN
(arXiv:2010.05646); nothing of diffusers, transformers or the plugin is used.
"""

import math

import torch
import torch.nn.functional as f
from official_unet import conv, count


def encode(state, mel):
    """Return mean and log-variance side by side, (B, 2 C, T', F'), of (B, 1, T, M)."""
    x = conv(state, "encoder.conv_in", mel)
    for level in range(count(state, "encoder.down")):
        name = f"encoder.down.{level}"
        for j in range(count(state, f"{name}.block")):
            x = residual(state, f"{name}.block.{j}", x)
        if f"{name}.downsample.conv.weight" in state:
            weight = state[f"{name}.downsample.conv.weight"]
            x = f.pad(x, (0, 1, 0, 1))
            x = f.conv2d(x, weight, state[f"{name}.downsample.conv.bias"], stride=2)
    x = conv(
        state, "encoder.conv_out", end(state, "encoder", middle(state, "encoder", x))
    )
    return conv(state, "quant_conv", x)


def decode(state, latent):
    """Return the log mel spectrogram, (B, 1, T, M), of (B, C, T', F')."""
    x = conv(state, "decoder.conv_in", conv(state, "post_quant_conv", latent))
    x = middle(state, "decoder", x)
    for level in reversed(range(count(state, "decoder.up"))):
        name = f"decoder.up.{level}"
        for j in range(count(state, f"{name}.block")):
            x = residual(state, f"{name}.block.{j}", x)
        if f"{name}.upsample.conv.weight" in state:
            x = f.interpolate(x, scale_factor=2, mode="nearest")
            x = conv(state, f"{name}.upsample.conv", x)
    return conv(state, "decoder.conv_out", end(state, "decoder", x))


def residual(state, name, x):
    h = conv(state, f"{name}.conv1", f.silu(group(state, f"{name}.norm1", x)))
    h = conv(state, f"{name}.conv2", f.silu(group(state, f"{name}.norm2", h)))
    if f"{name}.nin_shortcut.weight" in state:
        x = conv(state, f"{name}.nin_shortcut", x)
    return x + h


def middle(state, side, x):
    x = residual(state, f"{side}.mid.block_1", x)
    name = f"{side}.mid.attn_1"
    h = group(state, f"{name}.norm", x)
    q, k, v = (conv(state, f"{name}.{n}", h).flatten(2) for n in "qkv")
    scores = q.transpose(1, 2) @ k / math.sqrt(q.shape[1])  # (B, from, to)
    h = v @ scores.softmax(dim=2).transpose(1, 2)
    x = x + conv(state, f"{name}.proj_out", h.view(x.shape))
    return residual(state, f"{side}.mid.block_2", x)


def end(state, side, x):
    return f.silu(group(state, f"{side}.norm_out", x))


def group(state, name, x):
    weight, bias = state[f"{name}.weight"], state[f"{name}.bias"]
    return f.group_norm(x, 32, weight, bias, 1e-6)


def vocode(state, mel, rates, exact=False):
    """Return the waveform, (B, S), of a log mel spectrogram, (B, M, T).

    ``exact`` pads as the authors' training at 48 kHz does, which gives one hop a frame;
    their inference code pads by the floor of half the surplus.
    """
    x = conv1(state, "conv_pre", mel)
    several = count(state, "resblocks") // len(rates)
    for stage, rate in enumerate(rates):
        kernel, bias = state[f"ups.{stage}.weight"], state[f"ups.{stage}.bias"]
        surplus = kernel.shape[2] - rate
        padding, extra = surplus // 2, 0
        if exact:
            padding, extra = surplus // 2 + surplus % 2, surplus % 2
        x = f.leaky_relu(x, 0.1)
        x = f.conv_transpose1d(x, kernel, bias, rate, padding, extra)
        places = range(stage * several, (stage + 1) * several)
        x = torch.stack([block(state, f"resblocks.{n}", x) for n in places]).mean(0)
    return conv1(state, "conv_post", f.leaky_relu(x, 0.01)).tanh()[:, 0]


def block(state, name, x):
    for n, dilation in enumerate((1, 3, 5)):
        h = conv1(state, f"{name}.convs1.{n}", f.leaky_relu(x, 0.1), dilation)
        x = x + conv1(state, f"{name}.convs2.{n}", f.leaky_relu(h, 0.1))
    return x


def conv1(state, name, x, dilation=1):
    weight = state[f"{name}.weight"]
    padding = (weight.shape[2] - 1) * dilation // 2
    return f.conv1d(
        x, weight, state[f"{name}.bias"], padding=padding, dilation=dilation
    )
