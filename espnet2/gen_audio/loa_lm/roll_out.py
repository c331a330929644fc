"""GPT-2 one position after another, with keys and values in place.

Shapes: B clips, n new positions, N positions so far and new, H heads, D width.
The layers are those of transformers' ``GPT2Model``, called one by one; the results are
its own, but for rounding. On a CPU a position costs one reading of the weights, and
what surrounds it is kept small: no cache that is copied as it grows, no mask that hides
nothing. Weights that are laid out are read by oneDNN, which comes closer to what the
memory gives than the BLAS behind ``addmm`` does, and is faster for the conditions too;
only MKL, where it is fast, comes closer still while few positions are read at once.
"""

from typing import Any

import torch
from torch.nn.functional import scaled_dot_product_attention
from transformers.pytorch_utils import Conv1D

from espnet2.gen_audio import onednn


def lay_out(gpt2: Any) -> None:
    """Store weights in the order in which they are read; shapes and numbers stay.

    Args:
        gpt2: transformers' ``GPT2Model``, changed in place.
    """
    for layer in gpt2.modules():
        if isinstance(layer, Conv1D):
            layer.weight.data = layer.weight.data.t().contiguous().t()


class RollOut:
    """Keys and values of what was read, and the step that reads more.

    Args:
        gpt2: transformers' ``GPT2Model``, in eval mode.
        rows: B.
        longest: Positions that will be read in all.
        dtype: Precision of the network.
    """

    def __init__(self, gpt2: Any, rows: int, longest: int, dtype: torch.dtype):
        self.gpt2 = gpt2
        self.heads = gpt2.config.n_head
        shape = (rows, self.heads, longest, gpt2.config.n_embd // self.heads)
        device = gpt2.wpe.weight.device
        self.kept = [
            tuple(torch.empty(shape, dtype=dtype, device=device) for _ in "kv")
            for _ in gpt2.h
        ]
        self.length = 0

    def __call__(
        self, inputs: torch.Tensor, positions: torch.Tensor, mask: torch.Tensor
    ) -> torch.Tensor:
        """Read further positions.

        Args:
            inputs: Vectors, (B, n, D).
            positions: Their position ids, (B, n).
            mask: Which of all positions count, (B, N).

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
        for block, kept in zip(self.gpt2.h, self.kept):
            hidden = self._block(block, hidden, kept, total, allowed)
        self.length = total
        return self.gpt2.ln_f(hidden)

    def _block(
        self,
        block: Any,
        hidden: torch.Tensor,
        kept: tuple[torch.Tensor, torch.Tensor],
        total: int,
        allowed: torch.Tensor | None,
    ) -> torch.Tensor:
        """Go through one layer."""
        width = hidden.shape[2]
        joined = _apply(block.attn.c_attn, block.ln_1(hidden))
        query, *new = (
            part.unflatten(2, (self.heads, -1)).transpose(1, 2)
            for part in joined.split(width, dim=2)
        )
        for buffer, values in zip(kept, new):
            buffer[:, :, self.length : total] = values
        key, value = (buffer[:, :, :total] for buffer in kept)
        heard = scaled_dot_product_attention(query, key, value, allowed)
        heard = heard.transpose(1, 2).flatten(2)
        hidden = hidden + _apply(block.attn.c_proj, heard)
        inner = block.mlp.act(_apply(block.mlp.c_fc, block.ln_2(hidden)))
        return hidden + _apply(block.mlp.c_proj, inner)


def _apply(layer: Conv1D, states: torch.Tensor) -> torch.Tensor:
    """Return what a layer makes of states, (B, n, D)."""
    weight, positions = layer.weight.t(), states.shape[0] * states.shape[1]
    if onednn.takes(weight) and not onednn.mkl_is_faster(positions):
        return onednn.linear(states, weight, layer.bias)
    return layer(states)
