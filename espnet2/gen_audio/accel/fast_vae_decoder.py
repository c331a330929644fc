"""The decoder of the VAE without gradients: equal results, less time and memory.

Shapes: B clips, C channels, T x F time and frequency, N = T F positions.
The layers are those of diffusers' ``AutoencoderKL``. Sums and activations are computed
in place if nothing else uses their input. Nearest-neighbour upsampling by 2, followed
by a convolution of kernel 3, equals one transposed convolution of kernel 4 and stride 2
whose weights are sums of the weights of kernel 3: 4 products per output sample instead
of 9.
"""

from typing import TYPE_CHECKING, Any

import torch
from torch.nn.functional import conv_transpose2d, scaled_dot_product_attention, silu

from espnet2.gen_audio.accel.onednn import linear, mkl_is_slow, supports, use_onednn
from espnet2.gen_audio.vae.autoencoder import MelVAE
from espnet2.gen_audio.vae.light_decoder import LightMelVAE

if TYPE_CHECKING:
    from diffusers import AutoencoderKL

QUERY_BLOCK = 512  # number of queries whose attention weights are in memory together


class PreparedMelVAE(MelVAE):
    """A VAE that decodes with ``decode`` of this module if gradients are off."""

    def run_decoder(self, latent: torch.Tensor) -> torch.Tensor:
        """Run the decoder network, without ``mel_level`` and ``mel_std``.

        Args:
            latent: Unscaled latent, (B, C, T', F').

        Returns:
            Normalised log mel spectrogram, (B, 1, T, M).
        """
        if self.training or torch.is_grad_enabled():
            return super().run_decoder(latent)
        return decode(self.net, latent)


class PreparedLightMelVAE(PreparedMelVAE, LightMelVAE):
    """The same for a VAE with a light decoder, which has the same layers."""


def reorder_decoder(vae: MelVAE) -> None:
    """Store kernels of the decoder channels last, and use oneDNN if it is faster.

    Args:
        vae: Changed in place; names, shapes and values of weights do not change.
    """
    vae.net.decoder.to(memory_format=torch.channels_last)
    if mkl_is_slow():
        use_onednn(vae.net.decoder)


def decode(net: "AutoencoderKL", latent: torch.Tensor) -> torch.Tensor:
    """Return the output of the decoder for a latent.

    Args:
        net: The network, in eval mode.
        latent: (B, C, T', F').

    Returns:
        (B, channels of the output, T, F).
    """
    decoder = net.decoder
    # the memory format in which convolutions are fastest
    states = latent.contiguous(memory_format=torch.channels_last)
    if net.post_quant_conv is not None:
        states = net.post_quant_conv(states)
    states = decoder.conv_in(states)
    middle = decoder.mid_block
    states = _resnet(middle.resnets[0], states)
    for attention, block in zip(middle.attentions, middle.resnets[1:]):
        if attention is not None:
            states = _attention(attention, states)
        states = _resnet(block, states)
    for level in decoder.up_blocks:
        for block in level.resnets:
            states = _resnet(block, states)
        for upsampler in level.upsamplers or ():
            states = _upsample(upsampler.conv, states)
    return decoder.conv_out(_norm_silu(decoder.conv_norm_out, states))


def _resnet(block: Any, states: torch.Tensor) -> torch.Tensor:
    """Run a residual block."""
    inner = block.conv1(_norm_silu(block.norm1, states))
    inner = block.conv2(_norm_silu(block.norm2, inner))
    if block.conv_shortcut is not None:
        states = block.conv_shortcut(states)
    return inner.add_(states)


def _norm_silu(norm: Any, states: torch.Tensor) -> torch.Tensor:
    """Normalise and activate."""
    return silu(norm(states), inplace=True)


def _attention(layer: Any, states: torch.Tensor) -> torch.Tensor:
    """Run diffusers' ``Attention``, which has one head."""
    normal = layer.group_norm(states.flatten(2)).transpose(1, 2).contiguous()
    queries, keys, values = (f(normal) for f in (layer.to_q, layer.to_k, layer.to_v))
    if mkl_is_slow() and supports(keys[0]):
        rows = zip(queries, keys, values)
        output = torch.stack([_attend_in_blocks(*row) for row in rows])
    else:
        # torch's memory-saving kernel needs an axis of heads
        heads = (each[:, None] for each in (queries, keys, values))
        output = scaled_dot_product_attention(*heads)[:, 0]
    output = layer.to_out[0](output).transpose(1, 2)
    return states + output.unflatten(2, states.shape[2:])


def _attend_in_blocks(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor
) -> torch.Tensor:
    """Return the attention of every position, (N, C), in blocks and with oneDNN."""
    query, value = query * query.shape[1] ** -0.5, value.t().contiguous()
    blocks = query.split(QUERY_BLOCK)
    return torch.cat([linear(linear(each, key).softmax(1), value) for each in blocks])


def _upsample(conv: Any, states: torch.Tensor) -> torch.Tensor:
    """Repeat every frame and bin, and convolve with a kernel of 3."""
    weight = conv.weight.flip(2, 3).transpose(0, 1)
    for axis in (2, 3):
        zeros = torch.zeros_like(weight.narrow(axis, 0, 1))
        weight = torch.cat([weight, zeros], axis) + torch.cat([zeros, weight], axis)
    return conv_transpose2d(states, weight, conv.bias, stride=2, padding=1)
