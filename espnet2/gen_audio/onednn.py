"""Linear layers by oneDNN on a CPU, without gradients: the same but for rounding.

oneDNN is what torch's own convolutions run on. It reads weights as they lie, so nothing
is stored twice.
"""

from functools import cache
from pathlib import Path

import torch
from torch.nn.functional import linear as plain

FEW = 3  # rows for which MKL, where it is fast, reads weights as the memory gives them

# None in a torch without oneDNN
LINEAR = None
if torch.backends.mkldnn.is_available():
    LINEAR = getattr(torch.ops.mkldnn, "_linear_pointwise", None)


def linear(
    states: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None = None
) -> torch.Tensor:
    """Return what a linear layer makes of states; torch's own way where it must be.

    Args:
        states: (..., D).
        weight: (D', D).
        bias: (D',).

    Returns:
        (..., D').
    """
    if takes(weight) and states.dtype == weight.dtype:
        call = _opaque if torch.compiler.is_compiling() else _read
        return call(states, weight, bias)
    return plain(states, weight, bias)


def _read(
    states: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None
) -> torch.Tensor:
    return LINEAR(states, weight, bias, "none", [], "")


# torch.compile would look inside of the former, and take MKL instead
_opaque = torch.library.custom_op("gen_audio::linear", _read, mutates_args=())


@_opaque.register_fake
def _(
    states: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None
) -> torch.Tensor:
    return states.new_empty(*states.shape[:-1], len(weight))


def takes(weight: torch.Tensor) -> bool:
    """Return whether oneDNN takes this weight as it lies."""
    return (
        LINEAR is not None
        and weight.device.type == "cpu"
        and weight.dtype == torch.float32
        and weight.is_contiguous()
        and not torch.is_grad_enabled()
    )


@cache
def mkl_is_slow() -> bool:
    """Return whether torch multiplies by MKL, which is at its best on Intel only."""
    if not torch.backends.mkl.is_available():
        return False
    try:
        return "AuthenticAMD" in Path("/proc/cpuinfo").read_text()
    except OSError:  # not Linux
        return False


def mkl_is_faster(rows: int) -> bool:
    """Return whether MKL reads weights faster for so few rows of states.

    Args:
        rows: Of the states, all axes but the last.

    Returns:
        False where it is not there or slow.
    """
    return rows <= FEW and torch.backends.mkl.is_available() and not mkl_is_slow()


class OneDNNLinear(torch.nn.Linear):
    """A linear layer that oneDNN reads where it can."""

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        """Return what the layer makes of states, (..., D) to (..., D')."""
        return linear(input, self.weight, self.bias)


def read_by_onednn(net: torch.nn.Module) -> None:
    """Have all linear layers of a network read by oneDNN; names and weights stay.

    Args:
        net: Changed in place.
    """
    for layer in net.modules():
        if type(layer) is torch.nn.Linear:
            layer.__class__ = OneDNNLinear
