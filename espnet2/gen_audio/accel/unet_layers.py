"""Layers of the U-Net without gradients: equal results in less time.

Shapes: R rows, C channels, T latent frames, F latent bins, N = T F positions.
The layers are those of diffusers. On CPUs states are stored channels last: convolutions
are then fastest, and the positions of a transformer are a view of the states, which is
not copied. Convolutions of kernel 1 are linear layers. Sums are computed by the layer
before them, if oneDNN computes it.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any

import torch
from torch.nn.functional import linear as torch_linear
from torch.nn.functional import silu

from espnet2.gen_audio.accel.attention import attend
from espnet2.gen_audio.accel.onednn import add_linear, gated_gelu, linear, mkl_is_slow


def stored_fast(states: torch.Tensor) -> torch.Tensor:
    """Return states in the memory format that is fastest on their device.

    Args:
        states: (R, C, T, F).

    Returns:
        The same numbers, channels last on a CPU if gradients are off.
    """
    last = states.device.type == "cpu" and not torch.is_grad_enabled()
    order = torch.channels_last if last else torch.contiguous_format
    return states.contiguous(memory_format=order)


def run_resnet(
    block: Any, states: torch.Tensor, embedded: torch.Tensor
) -> torch.Tensor:
    """Run a residual block, diffusers' ``ResnetBlock2D``.

    Args:
        block: The block.
        states: (R, C, T, F).
        embedded: Time embedding, (R, D).

    Returns:
        (R, C', T, F).
    """
    act = block.nonlinearity
    added = block.time_emb_proj(act(embedded))[:, :, None, None]
    inner = block.conv1(_activate(act, block.norm1(states))) + added
    inner = block.conv2(_activate(act, block.norm2(inner)))
    if block.conv_shortcut is not None:
        states = pointwise(block.conv_shortcut, states)
    return inner + states


def run_transformer(
    layer: Any, states: torch.Tensor, cross_attentions: Mapping[Any, Any]
) -> torch.Tensor:
    """Run a transformer, diffusers' ``Transformer2DModel``.

    Args:
        layer: The transformer.
        states: (R, C, T, F).
        cross_attentions: For blocks with cross-attention, a function of normalised
            and other states, (R, N, C) each, that returns their sum after attention of
            the first.

    Returns:
        (R, C, T, F).
    """
    tokens = _positions(pointwise(layer.proj_in, layer.norm(states)))
    for block in layer.transformer_blocks:
        tokens = self_attention(block.attn1, block.norm1(tokens), tokens)
        cross = cross_attentions.get(block) or partial(self_attention, block.attn2)
        tokens = cross(block.norm2(tokens), tokens)
        gate, _, last = block.ff.net  # the second drops out
        inner = gated_gelu(gate.proj, block.norm3(tokens))
        tokens = add_linear(last, inner, tokens)
    tokens = tokens.unflatten(1, states.shape[2:]).permute(0, 3, 1, 2)
    return pointwise(layer.proj_out, tokens) + states


def self_attention(
    layer: Any, states: torch.Tensor, other: torch.Tensor
) -> torch.Tensor:
    """Attend from all positions to all and add the output to other states.

    Args:
        layer: diffusers' ``Attention``.
        states: (R, N, C).
        other: (R, N, C).

    Returns:
        (R, N, C).
    """
    given = (project(states) for project in (layer.to_q, layer.to_k, layer.to_v))
    return add_linear(layer.to_out[0], attend(*given, layer.heads), other)


def pointwise(layer: torch.nn.Conv2d, states: torch.Tensor) -> torch.Tensor:
    """Run a convolution of kernel 1 as a linear layer.

    Args:
        layer: The convolution.
        states: (R, C, T, F).

    Returns:
        (R, C', T, F).
    """
    if torch.compiler.is_compiling():
        return layer(states)  # the compiler can't trace what asks for the CPU's make
    run = linear if mkl_is_slow() else torch_linear
    tokens = run(_positions(states), layer.weight.flatten(1), layer.bias)
    return tokens.unflatten(1, states.shape[2:]).permute(0, 3, 1, 2)


def _positions(states: torch.Tensor) -> torch.Tensor:
    """Return a view of states that are stored channels last, (R, N, C)."""
    return states.permute(0, 2, 3, 1).flatten(1, 2)


def _activate(act: torch.nn.Module, states: torch.Tensor) -> torch.Tensor:
    """Activate in place, where nothing needs the states again."""
    if isinstance(act, torch.nn.SiLU) and not torch.is_grad_enabled():
        return silu(states, inplace=True)
    return act(states)
