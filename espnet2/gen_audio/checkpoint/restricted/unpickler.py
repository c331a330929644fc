"""Unpickle tensors, numbers and plain containers, and nothing else.

Each class or function that the file names and that is not on a short list is replaced
by an inert placeholder. Nothing that the file names is imported or called.
"""

import collections
import pickle
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, BinaryIO

import torch

_REBUILT = "torch._utils"
_STORAGES = {
    "DoubleStorage": torch.float64,
    "FloatStorage": torch.float32,
    "HalfStorage": torch.float16,
    "BFloat16Storage": torch.bfloat16,
    "LongStorage": torch.int64,
    "IntStorage": torch.int32,
    "ShortStorage": torch.int16,
    "CharStorage": torch.int8,
    "ByteStorage": torch.uint8,
    "BoolStorage": torch.bool,
    "ComplexFloatStorage": torch.complex64,
    "ComplexDoubleStorage": torch.complex128,
}
_DTYPES = {
    name: value for name, value in vars(torch).items() if isinstance(value, torch.dtype)
}


@dataclass(frozen=True)
class StorageClass:
    """Replaces one of torch's storage classes, such as ``FloatStorage``.

    Attributes:
        dtype: Type of its numbers.
    """

    dtype: torch.dtype


@dataclass(frozen=True)
class Storage:
    """A storage: the numbers of one or more tensors.

    Attributes:
        numbers: The bytes.
        dtype: Type of the numbers.
        begin: Index of its first number.
    """

    numbers: torch.UntypedStorage
    dtype: torch.dtype
    begin: int = 0


class Placeholder:
    """Replaces an object of a class that is not on the list.

    It accepts any arguments, state and items, and ignores them.
    """

    def __init__(self, *unused: Any, **also_unused: Any) -> None:
        pass

    def __call__(self, *unused: Any, **also_unused: Any) -> "Placeholder":
        """Return a placeholder; the function that the file names is not called."""
        return Placeholder()

    def __setstate__(self, unused: Any) -> None:
        """Ignore the state."""

    def __setitem__(self, unused: Any, also_unused: Any) -> None:
        """Ignore the item."""

    def append(self, unused: Any) -> None:
        """Ignore the item.

        Args:
            unused: The item.
        """

    def extend(self, unused: Any) -> None:
        """Ignore the items.

        Args:
            unused: The items.
        """

    def add(self, unused: Any) -> None:
        """Ignore the item.

        Args:
            unused: The item.
        """


class RestrictedUnpickler(pickle.Unpickler):
    """Unpickle objects of listed classes, and placeholders for all others.

    Args:
        file: The pickle.
        storage_of: Returns the storage for a persistent id.
        skipped: The names of classes and functions that were replaced are added here.
    """

    def __init__(
        self, file: BinaryIO, storage_of: Callable[[Any], Storage], skipped: set[str]
    ):
        super().__init__(file, encoding="utf-8")
        self._storage_of, self._skipped = storage_of, skipped

    def find_class(self, module: str, name: str) -> Any:
        """Return the class or function for a name in the file, or ``Placeholder``."""
        known = _known(module, name)
        if known is None:
            self._skipped.add(f"{module}.{name}")
            return Placeholder
        return known

    def persistent_load(self, pid: Any) -> Storage:
        """Return the storage for a persistent id."""
        return self._storage_of(pid)


def without_placeholders(value: Any, done: dict[int, Any] | None = None) -> Any:
    """Remove placeholders from nested containers; dictionaries become plain ones.

    Args:
        value: Result of a ``RestrictedUnpickler``.
        done: Results by the ``id`` of containers, so that one with several references
            is converted once.

    Returns:
        Tensors, numbers, texts and plain containers of them; a placeholder if the value
        itself is none of these.
    """
    done = {} if done is None else done
    if isinstance(value, torch.Tensor):
        return value.detach()
    if not isinstance(value, (dict, list, tuple, set)):
        return value if _is_plain(value) else Placeholder()
    if id(value) not in done:
        rebuilt = _plain_dict if isinstance(value, dict) else _plain_sequence
        done[id(value)] = rebuilt(value, done)
    return done[id(value)]


def _plain_dict(value: dict, done: dict[int, Any]) -> dict:
    """Return the items of a dictionary whose key and value were built."""
    kept = {k: without_placeholders(v, done) for k, v in value.items() if _is_plain(k)}
    return {k: v for k, v in kept.items() if not isinstance(v, Placeholder)}


def _plain_sequence(value: list | tuple | set, done: dict[int, Any]) -> list | tuple:
    """Return the items of a sequence that were built; those of a set as a tuple."""
    kept = [without_placeholders(item, done) for item in value]
    kept = [item for item in kept if not isinstance(item, Placeholder)]
    return kept if isinstance(value, list) else tuple(kept)


def _is_plain(value: Any) -> bool:
    return value is None or isinstance(value, (bool, int, float, complex, str, bytes))


def _known(module: str, name: str) -> Any:
    """Return the replacement for a listed class or function, or None."""
    if module == "collections" and name == "OrderedDict":
        return collections.OrderedDict
    if module == _REBUILT:
        return _REBUILDERS.get(name)
    if module == "torch" and name == "Size":
        return torch.Size
    if module == "torch" and name in _STORAGES:
        return StorageClass(_STORAGES[name])
    return _DTYPES.get(name) if module == "torch" else None


def _tensor(
    storage: Any, offset: int, size: tuple, stride: tuple, *unused: Any
) -> torch.Tensor | Placeholder:
    """Return a tensor over a storage; refuse one that reaches beyond it."""
    if not isinstance(storage, Storage):
        return Placeholder()
    begin = storage.begin + offset
    last = begin + sum((n - 1) * step for n, step in zip(size, stride, strict=True))
    there = storage.numbers.nbytes() // storage.dtype.itemsize
    # torch would enlarge the storage, and the tensor would show uninitialised memory
    if min(begin, *size, *stride, 0) < 0 or (0 not in size and last >= there):
        raise ValueError(
            f"a tensor {tuple(size)} begins at {begin} and ends at {last} of a storage "
            f"of {there} numbers"
        )
    empty = torch.empty(0, dtype=storage.dtype)
    return empty.set_(storage.numbers, begin, tuple(size), tuple(stride))


def _parameter(data: Any, *unused: Any) -> Any:
    return data if isinstance(data, torch.Tensor) else Placeholder()


_REBUILDERS = {
    "_rebuild_tensor": _tensor,
    "_rebuild_tensor_v2": _tensor,
    "_rebuild_parameter": _parameter,
    "_rebuild_parameter_with_state": _parameter,
}
