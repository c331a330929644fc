"""Autoregressive generation of LOA with preallocated keys and values.

Shapes: B clips, n new positions, N positions in total, H heads, D width. The layers are
those of transformers' ``GPT2Model``, called one by one; results are equal except for
rounding. On a CPU, the time of one position is the time of reading all weights once.
Overhead is kept small: the cache is not copied as it grows, and masks without masked
positions are left out. Weights are stored transposed and multiplied by oneDNN, which
reads them at a higher bandwidth than torch's BLAS and is also faster for the
conditions. Only MKL, on CPUs other than AMD's, is faster for a few positions.
"""

from typing import TYPE_CHECKING, Any

import torch
from torch.nn.functional import scaled_dot_product_attention

from espnet2.gen_audio.accel import onednn
from espnet2.gen_audio.loa_lm.lm import LOALanguageModel
from espnet2.gen_audio.loa_lm.sequence import SequenceLayout

if TYPE_CHECKING:
    from transformers import GPT2Model
    from transformers.pytorch_utils import Conv1D


class PreparedLOALanguageModel(LOALanguageModel):
    """A language model that generates with ``CachedGPT2`` if gradients are off."""

    def continue_prefix(
        self,
        layout: SequenceLayout,
        prefix: torch.Tensor,
        num_tokens: int,
        use_cache: bool = True,
        noise: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """Append LOA vectors to a prefix; see ``LOALanguageModel``."""
        if torch.is_grad_enabled() or not use_cache:
            return super().continue_prefix(layout, prefix, num_tokens, use_cache, noise)
        given, loa = layout.conditions.embedding, prefix
        longest = given.shape[1] + num_tokens - 1  # the last vector is no input
        gpt2 = CachedGPT2(self.gpt2, len(given), longest, given.dtype)
        inputs = torch.cat([given, loa], dim=1)
        while True:
            count = loa.shape[1]
            positions = layout.position_ids(count)[:, -inputs.shape[1] :]
            hidden = gpt2(inputs, positions, layout.attention_mask(count))
            newest = hidden[:, -1:] if count else layout.at_last_marker(hidden)
            inputs = self._sample_vectors(newest, noise, count)
            loa = torch.cat([loa, inputs], dim=1)
            if loa.shape[1] == num_tokens:
                return loa


def transpose_weights(model: torch.nn.Module) -> None:
    """Store the weights of GPT-2's linear layers in the order that oneDNN reads.

    Args:
        model: Changed in place; names, shapes and values of weights do not change.
    """
    from transformers.pytorch_utils import Conv1D

    for layer in model.modules():
        if isinstance(layer, Conv1D):
            layer.weight.data = layer.weight.data.t().contiguous().t()


class CachedGPT2:
    """GPT-2 with a cache of the keys and values of all positions so far.

    Args:
        gpt2: The network, in eval mode.
        rows: Batch size B.
        longest: Largest number of positions of the cache.
        dtype: Precision of the network.
    """

    def __init__(self, gpt2: "GPT2Model", rows: int, longest: int, dtype: torch.dtype):
        self.gpt2 = gpt2
        self.heads = gpt2.config.n_head
        shape = (rows, self.heads, longest, gpt2.config.n_embd // self.heads)
        device = gpt2.wpe.weight.device
        self.cache = [
            tuple(torch.empty(shape, dtype=dtype, device=device) for _ in "kv")
            for _ in gpt2.h
        ]
        self.length = 0

    def __call__(
        self, inputs: torch.Tensor, positions: torch.Tensor, mask: torch.Tensor
    ) -> torch.Tensor:
        """Return the hidden states of further positions.

        Args:
            inputs: Embeddings, (B, n, D).
            positions: Their position ids, (B, n).
            mask: True at the positions that may be attended to, (B, N).

        Returns:
            Hidden states of the new positions, (B, n, D).
        """
        new, total = inputs.shape[1], self.length + inputs.shape[1]
        allowed = None
        if new > 1 or not mask.all():
            rows = torch.arange(self.length, total, device=inputs.device)
            columns = torch.arange(total, device=inputs.device)
            allowed = (columns <= rows[:, None]) & mask[:, None, None]
        hidden = inputs + self.gpt2.wpe(positions)
        for block, keys_values in zip(self.gpt2.h, self.cache):
            hidden = self._block(block, hidden, keys_values, total, allowed)
        self.length = total
        return self.gpt2.ln_f(hidden)

    def _block(
        self,
        block: Any,
        hidden: torch.Tensor,
        keys_values: tuple[torch.Tensor, torch.Tensor],
        total: int,
        allowed: torch.Tensor | None,
    ) -> torch.Tensor:
        """Run one transformer layer."""
        width = hidden.shape[2]
        joined = _linear(block.attn.c_attn, block.ln_1(hidden))
        query, *new = (
            part.unflatten(2, (self.heads, -1)).transpose(1, 2)
            for part in joined.split(width, dim=2)
        )
        for buffer, values in zip(keys_values, new):
            buffer[:, :, self.length : total] = values
        key, value = (buffer[:, :, :total] for buffer in keys_values)
        attended = scaled_dot_product_attention(query, key, value, allowed)
        attended = attended.transpose(1, 2).flatten(2)
        hidden = hidden + _linear(block.attn.c_proj, attended)
        inner = block.mlp.act(_linear(block.mlp.c_fc, block.ln_2(hidden)))
        return hidden + _linear(block.mlp.c_proj, inner)


def _linear(layer: "Conv1D", states: torch.Tensor) -> torch.Tensor:
    """Apply a linear layer to states, (B, n, D)."""
    weight, positions = layer.weight.t(), states.shape[0] * states.shape[1]
    if onednn.supports(weight) and not onednn.mkl_is_faster(positions):
        return onednn.linear(states, weight, layer.bias)
    return layer(states)
