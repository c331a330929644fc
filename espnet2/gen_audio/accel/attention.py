"""Attention of heads that lie beside each other, by ``attention.c`` where possible.

Shapes: B rows, N queries, L keys, H heads, D features of one head.
On CPUs torch's operation for attention works at a third of the speed of other matrix
products and needs copies that bring the heads to an axis of their own. ``attention.c``
is twice as fast (heads of 32 features, 1024 positions) and needs none. Results equal
torch's except for rounding.
"""

import ctypes

import torch
from torch.nn.functional import scaled_dot_product_attention

from espnet2.gen_audio.accel.native import library

FEATURES = (16, 32, 64)  # numbers of features for which there is C code


def attend(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    heads: int,
    mask: torch.Tensor | None = None,
) -> torch.Tensor:
    """Return the attention of every query.

    Args:
        query: (B, N, H D).
        key: (B, L, H D).
        value: (B, L, H D).
        heads: Number of heads H.
        mask: True at positions that may be attended to, (B or 1, 1, 1 or N, L); None if
            all may be.

    Returns:
        (B, N, H D).
    """
    if mask is None and _is_supported(query, key, value, heads):
        return OPERATOR(query, key, value, heads)
    query, key, value = (
        each.unflatten(2, (heads, -1)).transpose(1, 2) for each in (query, key, value)
    )
    output = scaled_dot_product_attention(query, key, value, mask)
    return output.transpose(1, 2).flatten(2)


def _is_supported(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, heads: int
) -> bool:
    """Return whether there is C code for these tensors.

    The C code reads memory by these shapes: what torch would broadcast or refuse goes
    to torch.
    """
    features, rest = divmod(query.shape[2], heads)
    return (
        not (torch.compiler.is_compiling() or torch.is_grad_enabled())
        and features in FEATURES
        and not rest
        and key.shape == value.shape == (len(query), key.shape[1], query.shape[2])
        and query.shape[1] > 0 < key.shape[1]
        and all(
            each.device.type == "cpu"
            and each.dtype == torch.float32
            and each.stride(2) == 1
            for each in (query, key, value)
        )
        and library("attention.c", FEATURES=features) is not None
    )


def _run(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, heads: int
) -> torch.Tensor:
    """Call the C code."""
    tensors = query, key, value, query.new_empty(query.shape)
    sizes = len(query), heads, query.shape[1], key.shape[1]
    steps = [step for each in tensors for step in each.stride()[:2]]
    missing = library("attention.c", FEATURES=query.shape[2] // heads).attention(
        *(ctypes.c_void_p(each.data_ptr()) for each in tensors),
        (ctypes.c_int64 * 4)(*sizes),
        (ctypes.c_int64 * 8)(*steps),
        ctypes.c_int(torch.get_num_threads()),
    )
    if missing:
        raise MemoryError(f"attention to {key.shape[1]} positions needs more memory")
    return tensors[3]


# an operator of torch, so that profiles and counts of operations contain it; the first
# call of a custom_op would import torch's compiler, which takes two seconds
_OPERATORS = torch.library.Library("gen_audio", "FRAGMENT")
_OPERATORS.define(
    "attention(Tensor query, Tensor key, Tensor value, int heads) -> Tensor"
)
_OPERATORS.impl("attention", _run, "CPU")
OPERATOR = torch.ops.gen_audio.attention
