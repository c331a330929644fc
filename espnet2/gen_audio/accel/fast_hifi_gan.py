"""The HiFi-GAN generator without gradients: equal results, less time and memory.

Shapes: B clips, T mel frames, M mel bands, C channels, S samples. The layers are those
of transformers' ``SpeechT5HifiGan``. One-dimensional convolutions are computed as
two-dimensional ones of height 1, because their channels-last format needs no reordering
between layers; activations are computed in place if nothing else uses their input; long
mels are processed in segments that overlap by the receptive field.
"""

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import torch
from torch.nn.functional import conv2d, conv_transpose2d, leaky_relu, leaky_relu_
from torch.nn.utils import parametrize

from espnet2.gen_audio.accel import fast_fir
from espnet2.gen_audio.vocoder.hifi_gan import HiFiGAN

if TYPE_CHECKING:
    from transformers import SpeechT5HifiGan

SEGMENT = 512  # mel frames; twice as many need 0.1 GiB more


class PreparedHiFiGAN(HiFiGAN):
    """A vocoder that runs ``generate`` of this module if gradients are off."""

    def run_generator(self, mel: torch.Tensor) -> torch.Tensor:
        """Run the generator network; do not cut the surplus samples at the end.

        Args:
            mel: (B, T, M).

        Returns:
            (B, at least T x hop).
        """
        if self.training or torch.is_grad_enabled():
            return super().run_generator(mel)
        return generate(self.net, mel, self.hop)


def reorder_kernels(vocoder: HiFiGAN) -> None:
    """Store kernels channels last, except those with weight normalisation.

    Args:
        vocoder: Changed in place; names, shapes and values of weights do not change.
    """
    for layer in vocoder.net.modules():
        if isinstance(layer, torch.nn.Conv1d | torch.nn.ConvTranspose1d):
            if not parametrize.is_parametrized(layer, "weight"):
                layer.weight.data = _channels_last(layer.weight.data).squeeze(2)


def generate(
    net: "SpeechT5HifiGan", mel: torch.Tensor, hop: int, segment: int = SEGMENT
) -> torch.Tensor:
    """Return the waveform of a log mel spectrogram.

    Args:
        net: The network.
        mel: Log mel spectrogram, (B, T, M).
        hop: Samples per frame.
        segment: Frames processed at a time.

    Returns:
        Output of the network with the surplus samples at the end, (B, S).
    """
    frames = mel.shape[1]
    if frames <= segment:
        return _generate_segment(net, mel)
    margin, waves = receptive_frames(net, hop), []
    for start in range(0, frames, segment):
        end = start + segment
        first, last = max(0, start - margin), min(frames, end + margin)
        wave = _generate_segment(net, mel[:, first:last])
        stop = None if end >= frames else (end - first) * hop
        waves.append(wave[:, (start - first) * hop : stop])
    return torch.cat(waves, dim=1)


def _channels_last(weight: torch.Tensor) -> torch.Tensor:
    """Return a kernel (O, I, k) as (O, I, 1, k), channels last; copied if necessary."""
    return weight.unsqueeze(2).contiguous(memory_format=torch.channels_last)


def receptive_frames(net: "SpeechT5HifiGan", hop: int) -> int:
    """Return the receptive field of a sample, in mel frames on each side, rounded up.

    Args:
        net: The network.
        hop: Samples per frame.

    Returns:
        Frames.
    """
    frames, rate = _half(net.conv_pre) + _half(net.conv_post) / hop, 1
    per_stage = len(net.resblocks) // len(net.upsampler)
    for number, upsampler in enumerate(net.upsampler):
        frames += upsampler.kernel_size[0] / upsampler.stride[0] / rate
        rate *= upsampler.stride[0]
        blocks = net.resblocks[number * per_stage : (number + 1) * per_stage]
        frames += max(_receptive_field(block) for block in blocks) / rate
    return math.ceil(frames) + 1


def _half(layer: Any) -> int:
    return (layer.kernel_size[0] - 1) // 2 * layer.dilation[0]


def _receptive_field(block: Any) -> int:
    return sum(_half(layer) for layer in [*block.convs1, *block.convs2])


def _generate_segment(net: "SpeechT5HifiGan", mel: torch.Tensor) -> torch.Tensor:
    """Return the waveform of a segment, (B, S)."""
    config = net.config
    if config.normalize_before:
        mel = (mel - net.mean) / net.scale
    states = mel.transpose(1, 2).unsqueeze(2)  # (B, C, 1, T)
    states = _conv(net.conv_pre, states.contiguous(memory_format=torch.channels_last))
    per_stage = len(net.resblocks) // len(net.upsampler)
    for number, upsampler in enumerate(net.upsampler):
        states = _upsample(upsampler, leaky_relu_(states, config.leaky_relu_slope))
        blocks = net.resblocks[number * per_stage : (number + 1) * per_stage]
        total = _residual_block(blocks[0], states)
        for block in blocks[1:]:
            total.add_(_residual_block(block, states))
        states = total.div_(per_stage)
    states = _conv(net.conv_post, leaky_relu_(states))  # 0.01, as published
    return torch.tanh(states).flatten(1)


def _residual_block(block: Any, states: torch.Tensor) -> torch.Tensor:
    """Run a residual block; ``states`` are not changed."""
    for first, second in zip(block.convs1, block.convs2):
        inner = _activate_conv(first, states, block.leaky_relu_slope, leaky_relu)
        inner = _activate_conv(second, inner, block.leaky_relu_slope, leaky_relu_)
        states = inner.add_(states)
    return states


def _activate_conv(
    layer: Any, states: torch.Tensor, slope: float, activate: Callable[..., Any]
) -> torch.Tensor:
    """Apply ``activate``, which may change ``states`` in place, and a convolution."""
    if states.device.type == "cpu" and fast_fir.is_faster(layer):
        return fast_fir.activate_conv(layer, states, slope)
    return _conv(layer, activate(states, slope))


def _conv(layer: Any, states: torch.Tensor) -> torch.Tensor:
    weight = _channels_last(layer.weight)
    padding, dilation = (0, layer.padding[0]), (1, layer.dilation[0])
    return conv2d(states, weight, layer.bias, 1, padding, dilation)


def _upsample(layer: Any, states: torch.Tensor) -> torch.Tensor:
    weight = _channels_last(layer.weight)
    stride, padding = (1, layer.stride[0]), (0, layer.padding[0])
    output_padding = (0, layer.output_padding[0])
    return conv_transpose2d(states, weight, layer.bias, stride, padding, output_padding)
