"""Refuse tensors that have more numbers than the file holds.

A tensor may repeat one number along a dimension (a stride of zero), and many tensors
may show one storage: 50 kB of a file become gigabytes when they are copied.
"""

from collections import OrderedDict
from collections.abc import Iterator
from typing import Any

import torch

_SLACK = 1 << 20  # bytes that any file may need in addition
_MAX_SHOWN = 16  # times that all tensors together may show a storage's bytes


def refuse_repeated(loaded: Any, source: object) -> None:
    """Refuse tensors that repeat the numbers of their storage.

    Args:
        loaded: What was loaded: tensors in containers.
        source: Where it came from, for the message.

    Raises:
        ValueError: If a tensor has more numbers than its storage, all tensors show far
            more numbers than there are, a dictionary has attributes, or containers are
            nested too deep.
    """
    try:
        _refuse_repeated(loaded)
    except RecursionError as error:
        raise ValueError(
            f"{source}: its containers are nested too deep; save a state dict"
        ) from error
    except ValueError as error:
        raise ValueError(f"{source}: {error}") from error


def _refuse_repeated(loaded: Any) -> None:
    there: dict[int, int] = {}
    shown = 0
    for name, value in _walk(loaded, "", set()):
        if not isinstance(value, torch.Tensor):
            _refuse_attributes(name, value)
            continue
        if value.layout is not torch.strided or value.is_meta or value.is_quantized:
            raise ValueError(
                f"tensor {name!r} is {value.layout}, {value.device}, {value.dtype}; "
                "only plain tensors are read"
            )
        storage = value.untyped_storage()
        held, size = storage.nbytes(), value.numel() * value.element_size()
        if size > held:
            raise ValueError(
                f"tensor {name!r} of shape {tuple(value.shape)} has {value.numel()} "
                f"numbers, but its storage holds {held // value.element_size()}: it "
                "repeats them; save .clone() of it"
            )
        there[storage.data_ptr()] = held
        shown += size
    if shown > _MAX_SHOWN * sum(there.values()) + _SLACK:
        raise ValueError(
            f"its tensors show {shown} bytes of {sum(there.values())}; save .clone() "
            "of each"
        )


def _walk(value: Any, name: str, seen: set[int]) -> Iterator[tuple[str, Any]]:
    """Yield tensors and dictionaries with their names, each container once."""
    if isinstance(value, torch.Tensor):
        yield name, value
    elif isinstance(value, (dict, list, tuple)) and id(value) not in seen:
        seen.add(id(value))
        items = enumerate(value)
        if isinstance(value, dict):
            yield name, value
            # not by its method, which an attribute may hide
            items = zip(dict.keys(value), dict.values(value))
        for key, item in items:
            yield from _walk(item, f"{name}.{key}" if name else str(key), seen)


def _refuse_attributes(name: str, value: dict) -> None:
    """Refuse a dictionary one of whose methods an attribute of the file hides."""
    if isinstance(value, OrderedDict) and set(vars(value)) - {"_metadata"}:
        shown = ", ".join(map(str, vars(value)))[:80]
        raise ValueError(
            f"its dictionary {name!r} has attributes ({shown}); save dict() of it"
        )
