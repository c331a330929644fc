"""Linear layers computed by oneDNN on a CPU, without gradients.

Results equal torch's except for rounding. Torch's own convolutions use oneDNN as well.
oneDNN reads weights in the order in which they are stored, so no second copy is needed.
"""

from functools import cache
from pathlib import Path

import torch
from torch.nn.functional import gelu
from torch.nn.functional import linear as torch_linear

from espnet2.gen_audio.accel.library_internals import linear_pointwise

FEW_ROWS = 3  # up to this number of rows, MKL reads weights at memory bandwidth

LINEAR = linear_pointwise()  # None if torch has no oneDNN


def linear(
    states: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None = None
) -> torch.Tensor:
    """Apply a linear layer with oneDNN if it supports the weight, else with torch.

    Args:
        states: (..., D).
        weight: (D', D).
        bias: (D',).

    Returns:
        (..., D').
    """
    if supports(weight) and states.dtype == weight.dtype:
        call = _opaque_call if torch.compiler.is_compiling() else _call
        return call(states, weight, bias)
    return torch_linear(states, weight, bias)


def _call(
    states: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None
) -> torch.Tensor:
    return LINEAR(states, weight, bias, "none", [], "")


def add_linear(
    layer: torch.nn.Linear, states: torch.Tensor, other: torch.Tensor
) -> torch.Tensor:
    """Return ``other + layer(states)``, in one pass if oneDNN computes the layer.

    Args:
        layer: The layer.
        states: (..., D).
        other: (..., D').

    Returns:
        (..., D').
    """
    same = other.dtype == states.dtype and other.shape[:-1] == states.shape[:-1]
    if not (same and _is_fused(layer, states)):  # torch adds what differs
        return layer(states) + other
    return LINEAR.binary(states, other, layer.weight, layer.bias, "add")


def gated_gelu(layer: torch.nn.Linear, states: torch.Tensor) -> torch.Tensor:
    """Return the first half of a layer's features times the GELU of the second.

    If oneDNN computes the layer, it also does this, in the same pass.

    Args:
        layer: The layer, with bias.
        states: (..., D).

    Returns:
        (..., D' / 2).
    """
    if not _is_fused(layer, states):
        values, gate = layer(states).chunk(2, dim=-1)
        return values * gelu(gate)
    weights, biases = layer.weight.chunk(2), layer.bias.chunk(2)
    gate = LINEAR(states, weights[1], biases[1], "gelu", [], "none")
    return LINEAR.binary(states, gate, weights[0], biases[0], "mul")


def _is_fused(layer: torch.nn.Linear, states: torch.Tensor) -> bool:
    """Return whether oneDNN computes a layer, and can do more in the same pass."""
    return (
        isinstance(layer, OneDNNLinear)
        and not torch.compiler.is_compiling()
        and supports(layer.weight)
        and states.dtype == layer.weight.dtype
    )


# registered as an operator: torch.compile would replace a traced _call by MKL
_opaque_call = torch.library.custom_op("gen_audio::linear", _call, mutates_args=())


@_opaque_call.register_fake
def _(
    states: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None
) -> torch.Tensor:
    return states.new_empty(*states.shape[:-1], len(weight))


def supports(weight: torch.Tensor) -> bool:
    """Return whether oneDNN can multiply by a weight in its stored order."""
    return (
        LINEAR is not None
        and weight.device.type == "cpu"
        and weight.dtype == torch.float32
        and weight.is_contiguous()
        and not torch.is_grad_enabled()
    )


@cache
def mkl_is_slow() -> bool:
    """Return whether torch uses MKL on an AMD CPU, where it is slow."""
    if not torch.backends.mkl.is_available():
        return False
    try:
        return "AuthenticAMD" in Path("/proc/cpuinfo").read_text()
    except OSError:  # the system is not Linux
        return False


def mkl_is_faster(rows: int) -> bool:
    """Return whether MKL is faster than oneDNN for a number of rows of states.

    Args:
        rows: Number of vectors: the product of all axes of the states but the last.

    Returns:
        False if MKL is missing or slow.
    """
    return rows <= FEW_ROWS and torch.backends.mkl.is_available() and not mkl_is_slow()


class OneDNNLinear(torch.nn.Linear):
    """A linear layer that is computed by oneDNN if possible."""

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        """Apply the layer, (..., D) to (..., D')."""
        return linear(input, self.weight, self.bias)


def use_onednn(net: torch.nn.Module) -> None:
    """Make oneDNN compute all linear layers of a network.

    Args:
        net: Changed in place; names and weights do not change.
    """
    for layer in net.modules():
        if type(layer) is torch.nn.Linear:
            layer.__class__ = OneDNNLinear
