"""Keys and values of LOA and text, computed once a prompt instead of once a step.

Shapes: B clips, N latent positions, L condition positions, H heads, D features of one.
The conditions of a clip are the same at every solver step, so are the keys and values
that the U-Net's cross-attention makes of them; the results are the same numbers.
"""

import contextlib
from collections.abc import Iterator
from typing import Any

import torch
from torch.nn.functional import scaled_dot_product_attention


class CachedCrossAttention:
    """An attention processor of diffusers that remembers keys and values.

    It knows a condition by its tensor object, kept alive, which must not be
    changed in place; other conditions (guidance left out) make an entry of their own.
    """

    def __init__(self) -> None:
        self._entries: list[tuple[torch.Tensor, ...]] = []

    def __call__(
        self,
        attn: Any,
        hidden_states: torch.Tensor,
        encoder_hidden_states: torch.Tensor | None = None,
        attention_mask: torch.Tensor | None = None,
        temb: torch.Tensor | None = None,
        **unused: Any,
    ) -> torch.Tensor:
        """Attend from latent positions to a condition.

        Args:
            attn: The attention layer, diffusers' ``Attention``.
            hidden_states: Latent positions, (B, N, channels).
            encoder_hidden_states: The condition, (B, L, width).
            attention_mask: What is added to the scores, (B, 1, L), or None.
            temb: Unused, as in diffusers' processors for this layer.
            **unused: Further arguments of diffusers' processors.

        Returns:
            (B, N, channels).

        Raises:
            ValueError: If it is set on a layer that attends to no condition.
        """
        if encoder_hidden_states is None:
            raise ValueError(
                "the condition cache was set on an attention without condition; use "
                "conditions_cached(), which leaves self-attention alone"
            )
        key, value = self._of(attn, encoder_hidden_states)
        query = _by_heads(attn.to_q(hidden_states), attn.heads)
        if attention_mask is not None:
            attention_mask = attention_mask[:, None]  # one for all heads
        attended = scaled_dot_product_attention(query, key, value, attention_mask)
        attended = attended.transpose(1, 2).flatten(2)
        return attn.to_out[1](attn.to_out[0](attended))

    def _of(
        self, attn: Any, condition: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return keys and values of a condition, (B, H, L, D) each."""
        for known, key, value in self._entries:
            if known is condition:
                return key, value
        key = _by_heads(attn.to_k(condition), attn.heads)
        value = _by_heads(attn.to_v(condition), attn.heads)
        self._entries.append((condition, key, value))
        return key, value


@contextlib.contextmanager
def conditions_cached(unet: torch.nn.Module) -> Iterator[None]:
    """Within the block cross-attention computes keys and values once a condition.

    Put it around one sampling call, without gradients, whose conditions are the same
    tensors at every step: what is remembered ends with the block, in whatever way it
    ends. A network that joins its conditions anew at every step is left as it is.

    Args:
        unet: A ``ConditionalUNet``.

    Yields:
        Nothing.
    """
    if unet.joined_dim is not None:
        yield
        return
    net = unet.net
    before = net.attn_processors
    during = {}
    for name, processor in before.items():
        layer = net.get_submodule(name.removesuffix(".processor"))
        during[name] = CachedCrossAttention() if layer.is_cross_attention else processor
    net.set_attn_processor(during)
    try:
        yield
    finally:
        net.set_attn_processor(dict(before))


def _by_heads(states: torch.Tensor, heads: int) -> torch.Tensor:
    """Split features into heads, (B, L, H D) to (B, H, L, D)."""
    return states.unflatten(2, (heads, -1)).transpose(1, 2)
