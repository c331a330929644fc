"""The HiFi-GAN generator without gradients: same numbers, less time and memory.

Shapes: B clips, T mel frames, M mel bands, C channels, S samples.
The layers are those of transformers' ``SpeechT5HifiGan``. One-dimensional convolutions
are done as two-dimensional ones of height 1, whose channels-last form needs no
re-ordering between layers; activations are overwritten where nothing else reads them;
long mels go through in pieces that overlap by what a sample depends on.
"""

import math
from collections.abc import Callable
from typing import Any

import torch
from torch.nn.functional import conv2d, conv_transpose2d, leaky_relu, leaky_relu_

from espnet2.gen_audio.vocoder import halved

PIECE = 512  # mel frames; twice as many need 0.1 GiB more


def generate(net: Any, mel: torch.Tensor, hop: int, piece: int = PIECE) -> torch.Tensor:
    """Return the waveform of a log mel spectrogram.

    Args:
        net: transformers' ``SpeechT5HifiGan``.
        mel: Log mel spectrogram, (B, T, M).
        hop: Samples of a frame.
        piece: Frames done at a time.

    Returns:
        Waveform as the network gives it, surplus at its end included, (B, S).
    """
    frames = mel.shape[1]
    if frames <= piece:
        return _piece(net, mel)
    margin, waves = reach(net, hop), []
    for start in range(0, frames, piece):
        end = start + piece
        first, last = max(0, start - margin), min(frames, end + margin)
        wave = _piece(net, mel[:, first:last])
        stop = None if end >= frames else (end - first) * hop
        waves.append(wave[:, (start - first) * hop : stop])
    return torch.cat(waves, dim=1)


def lay_out(net: Any) -> None:
    """Store kernels in the order in which they are read; shapes and numbers stay.

    Args:
        net: transformers' ``SpeechT5HifiGan`` without weight normalisation, changed in
            place.
    """
    for layer in net.modules():
        if isinstance(layer, torch.nn.Conv1d | torch.nn.ConvTranspose1d):
            layer.weight.data = _channels_last(layer.weight.data).squeeze(2)


def _channels_last(weight: torch.Tensor) -> torch.Tensor:
    """Return a kernel (O, I, k) as one of height 1, a copy if it is not laid out so."""
    return weight.unsqueeze(2).contiguous(memory_format=torch.channels_last)


def reach(net: Any, hop: int) -> int:
    """Return how many mel frames to each side a sample depends on, at most.

    Args:
        net: transformers' ``SpeechT5HifiGan``.
        hop: Samples of a frame.

    Returns:
        Frames.
    """
    frames, rate = _half(net.conv_pre) + _half(net.conv_post) / hop, 1
    share = len(net.resblocks) // len(net.upsampler)
    for number, upsampler in enumerate(net.upsampler):
        frames += upsampler.kernel_size[0] / upsampler.stride[0] / rate
        rate *= upsampler.stride[0]
        blocks = net.resblocks[number * share : (number + 1) * share]
        frames += max(_depth(block) for block in blocks) / rate
    return math.ceil(frames) + 1


def _half(layer: Any) -> int:
    return (layer.kernel_size[0] - 1) // 2 * layer.dilation[0]


def _depth(block: Any) -> int:
    return sum(_half(layer) for layer in [*block.convs1, *block.convs2])


def _piece(net: Any, mel: torch.Tensor) -> torch.Tensor:
    """Return the waveform of a piece, (B, S)."""
    config = net.config
    if config.normalize_before:
        mel = (mel - net.mean) / net.scale
    states = mel.transpose(1, 2).unsqueeze(2)  # (B, C, 1, T)
    states = _conv(net.conv_pre, states.contiguous(memory_format=torch.channels_last))
    share = len(net.resblocks) // len(net.upsampler)
    for number, upsampler in enumerate(net.upsampler):
        states = _up(upsampler, leaky_relu_(states, config.leaky_relu_slope))
        blocks = net.resblocks[number * share : (number + 1) * share]
        total = _residual(blocks[0], states)
        for block in blocks[1:]:
            total.add_(_residual(block, states))
        states = total.div_(share)
    states = _conv(net.conv_post, leaky_relu_(states))  # 0.01, as published
    return torch.tanh(states).flatten(1)


def _residual(block: Any, states: torch.Tensor) -> torch.Tensor:
    """Go through a residual block; ``states`` stay as they are."""
    for first, second in zip(block.convs1, block.convs2):
        inner = _activated(first, states, block.leaky_relu_slope, leaky_relu)
        inner = _activated(second, inner, block.leaky_relu_slope, leaky_relu_)
        states = inner.add_(states)
    return states


def _activated(
    layer: Any, states: torch.Tensor, slope: float, activate: Callable[..., Any]
) -> torch.Tensor:
    """Activate, in place or not as ``activate`` does it, and convolve."""
    if states.device.type == "cpu" and halved.is_worth_it(layer):
        return halved.convolve(layer, states, slope)
    return _conv(layer, activate(states, slope))


def _conv(layer: Any, states: torch.Tensor) -> torch.Tensor:
    weight = _channels_last(layer.weight)
    padding, dilation = (0, layer.padding[0]), (1, layer.dilation[0])
    return conv2d(states, weight, layer.bias, 1, padding, dilation)


def _up(layer: Any, states: torch.Tensor) -> torch.Tensor:
    weight = _channels_last(layer.weight)
    stride, padding = (1, layer.stride[0]), (0, layer.padding[0])
    more = (0, layer.output_padding[0])
    return conv_transpose2d(states, weight, layer.bias, stride, padding, more)
