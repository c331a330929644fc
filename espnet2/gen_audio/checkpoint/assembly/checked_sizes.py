"""Read sizes from tensors; if a tensor is missing, the error names it."""

from collections.abc import Callable, Mapping
from typing import Any

import torch


def checked_sizes(
    infer: Callable[..., Any],
    state: Mapping[str, torch.Tensor],
    source: str,
    *args: Any,
) -> Any:
    """Read sizes from tensors.

    Args:
        infer: Function of the state that returns sizes.
        state: Tensors by name.
        source: File and network, for the message.
        *args: Further arguments of ``infer``.

    Returns:
        What ``infer`` returns.

    Raises:
        ValueError: If a tensor from which a size is read is missing or misshapen.
    """
    try:
        return infer(state, *args)
    except KeyError as error:
        missing = f"tensor {error.args[0]}"
        if not isinstance(error.args[0], str):
            missing = "a tensor that determines its sizes"
        raise ValueError(
            f"{source}: {missing} is missing; give an unchanged checkpoint"
        ) from error
    except (IndexError, StopIteration) as error:
        raise ValueError(
            f"{source}: its tensors are of no known form, so its sizes cannot be read; "
            "give an unchanged checkpoint"
        ) from error
