"""The decoder of the VAE without gradients: same numbers, less time and memory.

Shapes: B clips, C channels, T x F time and frequency, N = T F positions.
The layers are those of diffusers' ``AutoencoderKL``. Sums and activations overwrite
what nothing else reads. Doubling a picture and a convolution of kernel 3 after it are
one transposed convolution of kernel 4 and stride 2, whose weights are sums of the
other's: 4 products a sample instead of 9.
"""

from typing import Any

import torch
from torch.nn.functional import conv_transpose2d, scaled_dot_product_attention, silu

from espnet2.gen_audio.onednn import linear, mkl_is_slow, takes

QUESTIONS = 512  # positions that ask at a time


def decode(net: Any, latent: torch.Tensor) -> torch.Tensor:
    """Return what a latent decodes to.

    Args:
        net: diffusers' ``AutoencoderKL``, in eval mode.
        latent: (B, C, T', F').

    Returns:
        (B, channels of the output, T, F).
    """
    decoder = net.decoder
    # the layout in which convolutions are fastest
    states = latent.contiguous(memory_format=torch.channels_last)
    if net.post_quant_conv is not None:
        states = net.post_quant_conv(states)
    states = decoder.conv_in(states)
    middle = decoder.mid_block
    states = _residual(middle.resnets[0], states)
    for attention, block in zip(middle.attentions, middle.resnets[1:]):
        if attention is not None:
            states = _attend(attention, states)
        states = _residual(block, states)
    for level in decoder.up_blocks:
        for block in level.resnets:
            states = _residual(block, states)
        for upsampler in level.upsamplers or ():
            states = _doubled(upsampler.conv, states)
    return decoder.conv_out(_active(decoder.conv_norm_out, states))


def _residual(block: Any, states: torch.Tensor) -> torch.Tensor:
    """Go through a residual block."""
    inner = block.conv1(_active(block.norm1, states))
    inner = block.conv2(_active(block.norm2, inner))
    if block.conv_shortcut is not None:
        states = block.conv_shortcut(states)
    return inner.add_(states)


def _active(norm: Any, states: torch.Tensor) -> torch.Tensor:
    """Normalise and activate."""
    return silu(norm(states), inplace=True)


def _attend(layer: Any, states: torch.Tensor) -> torch.Tensor:
    """Go through diffusers' ``Attention``, which has one head."""
    normal = layer.group_norm(states.flatten(2)).transpose(1, 2).contiguous()
    three = (layer.to_q(normal), layer.to_k(normal), layer.to_v(normal))
    if mkl_is_slow() and takes(three[1][0]):
        heard = torch.stack([_heard(*row) for row in zip(*three)])
    else:
        # torch's memory-saving kernel wants an axis of heads
        heard = scaled_dot_product_attention(*(each[:, None] for each in three))[:, 0]
    heard = layer.to_out[0](heard).transpose(1, 2)
    return states + heard.unflatten(2, states.shape[2:])


def _heard(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor) -> torch.Tensor:
    """Return what every position hears, (N, C), by oneDNN and block by block."""
    query, value = query * query.shape[1] ** -0.5, value.t().contiguous()
    blocks = query.split(QUESTIONS)
    return torch.cat([linear(linear(each, key).softmax(1), value) for each in blocks])


def _doubled(conv: Any, states: torch.Tensor) -> torch.Tensor:
    """Repeat every frame and bin, and convolve with a kernel of 3."""
    weight = conv.weight.flip(2, 3).transpose(0, 1)
    for axis in (2, 3):
        nothing = torch.zeros_like(weight.narrow(axis, 0, 1))
        weight = torch.cat([weight, nothing], axis) + torch.cat([nothing, weight], axis)
    return conv_transpose2d(states, weight, conv.bias, stride=2, padding=1)
