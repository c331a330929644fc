"""The U-Net with its conditions bound: what is constant is computed before the loop.

Shapes: B clips, C channels, T latent frames, F latent bins, R rows of one pass.
A pass with guidance has R = 2 B rows, those with the condition before those without.
Four things that do not change the numbers beyond rounding make it faster than
the network called plainly: keys and values of conditions are kept; null conditions
whose answer is constant are not asked; both halves of the batch share everything before
the first cross-attention, since their input is the same; a mask that hides nothing is
left out. One that does change them is an option: the deep levels' features may be taken
from an earlier step (DeepCache, arXiv:2312.00858).
"""

from collections.abc import Iterator, Sequence
from typing import Any

import torch

from espnet2.gen_audio.conditioner.condition import (
    Condition,
    Conditions,
    concatenate,
    stack_rows,
)
from espnet2.gen_audio.diffusion.backbone.unet import ConditionalUNet
from espnet2.gen_audio.sampling.cross_attention import (
    BoundCrossAttention,
    constant_row,
)


class BoundUNet:
    """Predict for fixed conditions, step by step.

    Nothing is changed in the network, which may be used otherwise at the same time.

    Args:
        unet: The network, in eval mode.
        conditions: Those of the clips by name, B rows each.
        null: Those of the other prediction of guidance, B rows each; None without.
        shallow_levels: Levels that are computed at every step, when the features of
            deeper ones are kept.
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
        self.halves = 1 if null is None else 2
        self.shallow_levels = shallow_levels
        self.deep: torch.Tensor | None = None
        given = unet.attended(conditions)
        other = (None, None) if null is None else unet.attended(null)
        both = _both(conditions, null)
        self.class_vector = unet.time_vector(both)
        self.beside = both if unet.concatenates else None
        self.answers = {}
        for number, attention in _cross_attentions(self.net):
            # a network without LOA gives its text to every cross-attention
            stream = min(number, sum(each is not None for each in given) - 1)
            for block in attention.transformer_blocks:
                bound = _bind(block.attn2, given[stream], other[stream])
                self.answers[block] = bound

    def __call__(
        self, noisy: torch.Tensor, step: torch.Tensor, reuse: bool = False
    ) -> torch.Tensor:
        """Predict.

        Args:
            noisy: Noisy latents, (B, C, T, F).
            step: Diffusion step of each clip, (B,).
            reuse: Take the deep levels' features of the last pass without it.

        Returns:
            Predictions, (R, C, T, F).
        """
        walk = _Walk(self, noisy, step)
        levels = self.shallow_levels if reuse else len(self.net.down_blocks)
        for block in self.net.down_blocks[:levels]:
            walk.down(block)
        if reuse:
            walk.leave_last()
        else:
            walk.middle(self.net.mid_block)
        for number, block in enumerate(self.net.up_blocks):
            left = len(self.net.up_blocks) - number
            if left == self.shallow_levels:
                walk.widen()
                walk.states = self.deep = self.deep if reuse else walk.states
            if not reuse or left <= self.shallow_levels:
                walk.up(block)
        states = self.net.conv_act(self.net.conv_norm_out(walk.states))
        return self.net.conv_out(states)


class _Walk:
    """One pass: the states so far, and those that the upward path will take."""

    def __init__(self, bound: BoundUNet, noisy: torch.Tensor, step: torch.Tensor):
        net = bound.net
        self.bound = bound
        self.wide = bound.halves == 1
        self.embedded = net.time_embedding(net.time_proj(step).to(noisy.dtype))
        self.states, self.skips = noisy, []
        if bound.beside is not None:
            self.widen()  # the halves differ from the start
        beside = bound.unet.with_channels(self.states, bound.beside or {})
        self.states = net.conv_in(beside)
        self.skips = [self.states]
        if bound.class_vector is not None:
            self.widen()  # the halves differ from the first block on
            vector = net.class_embedding(bound.class_vector.to(noisy.dtype))
            self.embedded = torch.cat([self.embedded, vector], dim=-1)

    def widen(self) -> None:
        """Go on with both halves, which were one so far."""
        if not self.wide:
            self.wide = True
            self.states = self.states.repeat(2, 1, 1, 1)
            self.skips = [skip.repeat(2, 1, 1, 1) for skip in self.skips]
            self.embedded = self.embedded.repeat(2, 1)

    def down(self, block: Any) -> None:
        """Go through a block of the downward path."""
        for resnet, attentions in _layers(block):
            self.states = resnet(self.states, self.embedded)
            self.attend(attentions)
            self.skips.append(self.states)
        for downsampler in block.downsamplers or ():
            self.states = downsampler(self.states)
            self.skips.append(self.states)

    def leave_last(self) -> None:
        """Forget what only deeper levels would take: the last downsampled states."""
        self.skips.pop()

    def middle(self, block: Any) -> None:
        """Go through the block at the bottom."""
        self.states = block.resnets[0](self.states, self.embedded)
        share = len(block.attentions) // (len(block.resnets) - 1)
        for number, resnet in enumerate(block.resnets[1:]):
            self.attend(block.attentions[number * share : (number + 1) * share])
            self.states = resnet(self.states, self.embedded)

    def up(self, block: Any) -> None:
        """Go through a block of the upward path."""
        for resnet, attentions in _layers(block):
            joined = torch.cat([self.states, self.skips.pop()], dim=1)
            self.states = resnet(joined, self.embedded)
            self.attend(attentions)
        for upsampler in block.upsamplers or ():
            self.states = upsampler(self.states, self.skips[-1].shape[2:])

    def attend(self, attentions: Sequence[Any]) -> None:
        """Go through the transformers of one position."""
        for attention in attentions:
            if attention.transformer_blocks[0].attn2.is_cross_attention:
                self.widen()
            self.states = self.transform(attention)

    def transform(self, attention: Any) -> torch.Tensor:
        """Go through one transformer, diffusers' ``Transformer2DModel``."""
        rows, _, frames, bins = self.states.shape
        states = attention.proj_in(attention.norm(self.states))
        states = states.permute(0, 2, 3, 1).flatten(1, 2)
        for block in attention.transformer_blocks:
            states = states + block.attn1(block.norm1(states))
            answer = self.bound.answers.get(block, block.attn2)
            states = states + answer(block.norm2(states))
            states = states + block.ff(block.norm3(states))
        states = states.unflatten(1, (frames, bins)).permute(0, 3, 1, 2)
        return attention.proj_out(states) + self.states


def _layers(block: Any) -> Iterator[tuple[Any, Sequence[Any]]]:
    """Return the residual blocks of a block, each with its transformers."""
    attentions = getattr(block, "attentions", ())
    share = len(attentions) // len(block.resnets)
    for number, resnet in enumerate(block.resnets):
        yield resnet, attentions[number * share : (number + 1) * share]


def _cross_attentions(net: Any) -> Iterator[tuple[int, Any]]:
    """Return the transformers that attend to a condition, each with its number."""
    for block in [*net.down_blocks, net.mid_block, *net.up_blocks]:
        attentions = getattr(block, "attentions", ())
        layers = len(block.resnets) - (block is net.mid_block)
        share = len(attentions) // layers
        for start in range(0, len(attentions), share or 1):
            cross = [
                each
                for each in attentions[start : start + share]
                if each.transformer_blocks[0].attn2.is_cross_attention
            ]
            yield from enumerate(cross)


def _bind(layer: Any, given: Condition, null: Condition | None) -> BoundCrossAttention:
    """Bind a layer to the conditions of both halves."""
    if null is None:
        return BoundCrossAttention(layer, given, None)
    constant = constant_row(null)
    if constant is not None:
        return BoundCrossAttention(layer, given, constant)
    return BoundCrossAttention(layer, concatenate([given, null]), None)


def _both(conditions: Conditions, null: Conditions | None) -> Conditions:
    """Return the conditions of all R rows of a pass."""
    return conditions if null is None else stack_rows([conditions, null])
