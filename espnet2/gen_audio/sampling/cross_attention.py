"""Cross-attention to a condition that stays the same from step to step.

Shapes: B clips with the condition, R rows of the network's batch, N latent positions,
L condition positions, H heads, D features of one.
Keys and values of a condition are computed once a prompt. Rows whose condition has one
position that counts, or equal ones, get the same answer whatever they ask: it is
computed once as well. So it is for the null conditions of AudioLDM 2, whose LOA is
zeros and whose text is one token. The results are the same numbers but for rounding.
"""

from typing import Any

import torch
from torch.nn.functional import scaled_dot_product_attention

from espnet2.gen_audio.conditioner.condition import Condition


class BoundCrossAttention:
    """A cross-attention layer and what it attends to.

    Args:
        layer: The layer, diffusers' ``Attention``.
        asked: Conditions of the rows that attend, B rows.
        constant: One condition that all further rows share and whose answer does not
            depend on the question, one row; None if there are no further rows.
    """

    def __init__(self, layer: Any, asked: Condition, constant: Condition | None):
        self.layer = layer
        self.rows = len(asked)
        self.key = _by_heads(layer.to_k(asked.embedding), layer.heads)
        self.value = _by_heads(layer.to_v(asked.embedding), layer.heads)
        # a mask costs time, also where it hides nothing
        self.mask = None if asked.mask.all() else asked.mask[:, None, None]
        self.answer = None
        if constant is not None:
            first = constant.embedding[:, constant.mask[0]][:, :1]
            self.answer = layer.to_out[0](layer.to_v(first))

    def __call__(self, states: torch.Tensor) -> torch.Tensor:
        """Attend from latent positions.

        Args:
            states: (R, N, channels); the first B rows ask the condition, the others
                get the constant answer.

        Returns:
            (R, N, channels).
        """
        layer = self.layer
        query = _by_heads(layer.to_q(states[: self.rows]), layer.heads)
        heard = scaled_dot_product_attention(query, self.key, self.value, self.mask)
        heard = layer.to_out[0](heard.transpose(1, 2).flatten(2))
        if self.answer is None:
            return heard
        rest = self.answer.expand(len(states) - self.rows, states.shape[1], -1)
        return torch.cat([heard, rest])


def constant_row(condition: Condition) -> Condition | None:
    """Return the one row of a condition whose answer no question changes, if it is so.

    Args:
        condition: Conditions, (R, L, D).

    Returns:
        One row, (1, L, D), if all rows are equal and all positions that count are; else
        None.
    """
    row = Condition(condition.embedding[:1], condition.mask[:1])
    counted = condition.embedding[condition.mask]
    same_masks = (condition.mask == row.mask).all()
    if same_masks and len(counted) and (counted == counted[:1]).all():
        return row
    return None


def _by_heads(states: torch.Tensor, heads: int) -> torch.Tensor:
    """Split features into heads, (B, L, H D) to (B, H, L, D)."""
    return states.unflatten(2, (heads, -1)).transpose(1, 2)
