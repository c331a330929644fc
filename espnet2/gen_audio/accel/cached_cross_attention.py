"""Cross-attention to a condition that does not change between diffusion steps.

Shapes: B clips with the condition, R rows of the guidance batch, N latent positions, L
condition positions, H heads, D features of one head. Keys and values of a condition are
computed once. If all valid positions of a condition are equal, or there is only one,
the output does not depend on the query and is computed once as well. The null
conditions of AudioLDM 2 are of this kind: their LOA is zeros and their text is one
token. Results equal those of the layer except for rounding.
"""

from typing import Any

import torch

from espnet2.gen_audio.accel.attention import attend
from espnet2.gen_audio.accel.onednn import add_linear
from espnet2.gen_audio.condition.condition import Condition


class CachedCrossAttention:
    """A cross-attention layer with the keys and values of its condition.

    Args:
        layer: The layer, diffusers' ``Attention``.
        condition: Condition of the first B rows of the guidance batch, B rows.
        constant: Condition of all further rows, one row; attention to it must not
            depend on the query. None if there are no further rows.
    """

    def __init__(self, layer: Any, condition: Condition, constant: Condition | None):
        self.layer = layer
        self.rows = len(condition)
        self.key = layer.to_k(condition.embedding)
        self.value = layer.to_v(condition.embedding)
        # a mask costs time even if no position is masked
        self.mask = None if condition.mask.all() else condition.mask[:, None, None]
        self.constant_output = None
        if constant is not None:
            first = constant.embedding[:, constant.mask[0]][:, :1]
            self.constant_output = layer.to_out[0](layer.to_v(first))

    def __call__(self, states: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
        """Attend from latent positions and add the output to other states.

        Args:
            states: (R, N, channels); the first B rows attend to the condition, the
                others get the constant output.
            other: (R, N, channels).

        Returns:
            (R, N, channels).
        """
        layer, rows = self.layer, self.rows
        query = layer.to_q(states[:rows])
        output = attend(query, self.key, self.value, layer.heads, self.mask)
        output = add_linear(layer.to_out[0], output, other[:rows])
        if self.constant_output is None:
            return output
        return torch.cat([output, other[rows:] + self.constant_output])


def constant_row(condition: Condition) -> Condition | None:
    """Return one row of a condition if attention to it does not depend on the query.

    Args:
        condition: Conditions, (R, L, D).

    Returns:
        One row, (1, L, D), if all rows and all valid positions are equal; else None.
    """
    row = Condition(condition.embedding[:1], condition.mask[:1])
    counted = condition.embedding[condition.mask]
    same_masks = (condition.mask == row.mask).all()
    if same_masks and len(counted) and (counted == counted[:1]).all():
        return row
    return None
