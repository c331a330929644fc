"""The U-Net for fixed conditions: constant values are computed before the loop.

Shapes: B clips, C channels, T latent frames, F latent bins, R rows of the guidance
batch: B without guidance; 2 B with it, conditional rows before null ones.
It is faster than the plain network for five reasons, which change results by rounding
only: the layers are those of ``unet_layers``; keys and values of conditions are cached;
attention to null conditions with constant output is not computed; the layers before the
first cross-attention run once for both halves of the guidance batch, whose inputs are
equal; masks without masked positions are left out.
A further option does change results: the features of deep levels can be reused from an
earlier step (DeepCache, arXiv:2312.00858).
"""

from collections.abc import Iterator, Sequence
from typing import Any

import torch

from espnet2.gen_audio.accel.cached_cross_attention import (
    CachedCrossAttention,
    constant_row,
)
from espnet2.gen_audio.accel.unet_layers import (
    run_resnet,
    run_transformer,
    stored_fast,
)
from espnet2.gen_audio.condition.condition import (
    Condition,
    Conditions,
    concatenate,
    stack_rows,
)
from espnet2.gen_audio.diffusion.backbone.unet import ConditionalUNet


class CachedUNet:
    """Predict for fixed conditions, step by step.

    The network is not changed and can be used by others at the same time.

    Args:
        unet: The network, in eval mode.
        conditions: Conditions of the clips by name, B rows each.
        null: Null conditions by name, B rows each; None without guidance.
        shallow_levels: Number of levels that are computed at every step if features of
            the deeper levels are reused.
    """

    def __init__(
        self,
        unet: ConditionalUNet,
        conditions: Conditions,
        null: Conditions | None = None,
        shallow_levels: int = 1,
    ):
        self.unet = unet
        self.net = unet.net
        self.guided = null is not None
        self.shallow_levels = shallow_levels
        self.deep_features: torch.Tensor | None = None
        given = unet.attended(conditions)
        other = (None, None) if null is None else unet.attended(null)
        batch = conditions if null is None else stack_rows([conditions, null])
        self.class_vector = unet.time_vector(batch)
        self.time_addition = unet.time_addition(batch)
        self.channel_conditions = batch if unet.concatenates else None
        self.cross_attentions = {}
        for number, attention in _cross_attentions(self.net):
            # a network without LOA gives its text to every cross-attention
            stream = min(number, sum(each is not None for each in given) - 1)
            for block in attention.transformer_blocks:
                cached = _cached(block.attn2, given[stream], other[stream])
                self.cross_attentions[block] = cached

    def __call__(
        self, noisy: torch.Tensor, step: torch.Tensor, reuse: bool = False
    ) -> torch.Tensor:
        """Predict one step, see ``Predictor``; deep features are reused on request."""
        run = _ForwardPass(self, noisy, step)
        levels = self.shallow_levels if reuse else len(self.net.down_blocks)
        for block in self.net.down_blocks[:levels]:
            run.down(block)
        if reuse:
            run.skips.pop()  # only the deeper levels, which do not run, use this state
        else:
            run.middle(self.net.mid_block)
        for number, block in enumerate(self.net.up_blocks):
            left = len(self.net.up_blocks) - number
            if left == self.shallow_levels:
                run.expand()
                run.states = self.deep_features if reuse else run.states
                self.deep_features = run.states
            if not reuse or left <= self.shallow_levels:
                run.up(block)
        states = self.net.conv_act(self.net.conv_norm_out(run.states))
        return self.net.conv_out(states).contiguous()


class _ForwardPass:
    """The states of one forward pass, and the skip connections to the upward path."""

    def __init__(self, cached: CachedUNet, noisy: torch.Tensor, step: torch.Tensor):
        net = cached.net
        self.cached = cached
        self.expanded = not cached.guided
        self.states, self.skips = noisy, []
        self.embedded = net.time_proj(step).to(noisy.dtype)
        if cached.time_addition is not None:
            self.expand()  # the halves may differ in the time embedding
        self.embedded = net.time_embedding(self.embedded, cached.time_addition)
        if cached.channel_conditions is not None:
            self.expand()  # the halves have different inputs
        conditions = cached.channel_conditions or {}
        joined = cached.unet.with_channels(self.states, conditions)
        self.states = net.conv_in(stored_fast(joined))
        self.skips = [self.states]
        if cached.class_vector is not None:
            self.expand()  # the halves differ after the time embedding
            vector = net.class_embedding(cached.class_vector.to(noisy.dtype))
            self.embedded = torch.cat([self.embedded, vector], dim=-1)

    def expand(self) -> None:
        """Repeat the states for both halves of the guidance batch, equal until here."""
        if not self.expanded:
            self.expanded = True
            # keeps the memory format; repeat() does not
            self.states = torch.cat([self.states] * 2)
            self.skips = [torch.cat([skip] * 2) for skip in self.skips]
            self.embedded = self.embedded.repeat(2, 1)

    def down(self, block: Any) -> None:
        """Run a block of the downward path."""
        for resnet, attentions in _layers(block):
            self.states = run_resnet(resnet, self.states, self.embedded)
            self.attend(attentions)
            self.skips.append(self.states)
        for downsampler in block.downsamplers or ():
            self.states = downsampler(self.states)
            self.skips.append(self.states)

    def middle(self, block: Any) -> None:
        """Run the middle block."""
        self.states = run_resnet(block.resnets[0], self.states, self.embedded)
        per_layer = len(block.attentions) // (len(block.resnets) - 1)
        for number, resnet in enumerate(block.resnets[1:]):
            first = number * per_layer
            self.attend(block.attentions[first : first + per_layer])
            self.states = run_resnet(resnet, self.states, self.embedded)

    def up(self, block: Any) -> None:
        """Run a block of the upward path."""
        for resnet, attentions in _layers(block):
            joined = torch.cat([self.states, self.skips.pop()], dim=1)
            self.states = run_resnet(resnet, joined, self.embedded)
            self.attend(attentions)
        for upsampler in block.upsamplers or ():
            self.states = upsampler(self.states, self.skips[-1].shape[2:])

    def attend(self, attentions: Sequence[Any]) -> None:
        """Run the transformers that follow one residual block."""
        for attention in attentions:
            if attention.transformer_blocks[0].attn2.is_cross_attention:
                self.expand()
            cross = self.cached.cross_attentions
            self.states = run_transformer(attention, self.states, cross)


def _layers(block: Any) -> Iterator[tuple[Any, Sequence[Any]]]:
    """Return the residual blocks of a block, each with its transformers."""
    attentions = getattr(block, "attentions", ())
    per_layer = len(attentions) // len(block.resnets)
    for number, resnet in enumerate(block.resnets):
        yield resnet, attentions[number * per_layer : (number + 1) * per_layer]


def _cross_attentions(net: Any) -> Iterator[tuple[int, Any]]:
    """Return the transformers with cross-attention, numbered within their position."""
    for block in [*net.down_blocks, net.mid_block, *net.up_blocks]:
        attentions = getattr(block, "attentions", ())
        layers = len(block.resnets) - (block is net.mid_block)
        per_layer = len(attentions) // layers
        for start in range(0, len(attentions), per_layer or 1):
            cross = [
                each
                for each in attentions[start : start + per_layer]
                if each.transformer_blocks[0].attn2.is_cross_attention
            ]
            yield from enumerate(cross)


def _cached(
    layer: Any, condition: Condition, null: Condition | None
) -> CachedCrossAttention:
    """Return a layer with the cached conditions of the whole guidance batch."""
    if null is None:
        return CachedCrossAttention(layer, condition, None)
    constant = constant_row(null)
    if constant is not None:
        return CachedCrossAttention(layer, condition, constant)
    return CachedCrossAttention(layer, concatenate([condition, null]), None)
