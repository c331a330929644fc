"""Read a checkpoint that holds more than tensors, without running any of it.

A training framework pickles its own objects beside the weights (callbacks, options,
loggers). This reader knows how to build tensors, numbers and plain containers; every
other class or function that the file names becomes an inert placeholder, which is then
dropped. Nothing of the file is imported or called.
"""

import collections
import pickle
import types
import zipfile
from pathlib import Path
from typing import Any

import torch

_TORCH_REBUILDERS = (
    "_rebuild_tensor",
    "_rebuild_tensor_v2",
    "_rebuild_parameter",
    "_rebuild_parameter_with_state",
)
_DTYPES = {
    name: value for name, value in vars(torch).items() if isinstance(value, torch.dtype)
}
_STORAGES = {
    name: value
    for name, value in vars(torch).items()
    if name.endswith("Storage") and isinstance(value, type)
}


class Placeholder:
    """What stands where the file names something that is not built.

    It takes any arguments, any state and any items, and does nothing with them.
    """

    def __init__(self, *unused: Any, **also_unused: Any) -> None:
        pass

    def __call__(self, *unused: Any, **also_unused: Any) -> "Placeholder":
        """Return a placeholder: what a file would have called is not called."""
        return Placeholder()

    def __setstate__(self, unused: Any) -> None:
        """Forget the state."""

    def __setitem__(self, unused: Any, also_unused: Any) -> None:
        """Forget the item."""

    def append(self, unused: Any) -> None:
        """Forget the item.

        Args:
            unused: The item.
        """

    def extend(self, unused: Any) -> None:
        """Forget the items.

        Args:
            unused: The items.
        """

    def add(self, unused: Any) -> None:
        """Forget the item.

        Args:
            unused: The item.
        """


def read_containers(path: Path | str) -> tuple[dict[str, Any], list[str]]:
    """Read tensors, numbers, strings and plain containers; execute nothing.

    Args:
        path: File written by ``torch.save``, in its zip or its older form.

    Returns:
        The dictionary that was saved, without what was not built, and the names of
        the classes and functions that were not.

    Raises:
        ValueError: If the file is damaged or holds no dictionary.
    """
    skipped: set[str] = set()
    try:
        loaded = torch.load(
            path,
            map_location="cpu",
            weights_only=False,
            pickle_module=_pickle_without_code(skipped),
            mmap=zipfile.is_zipfile(path),  # several gigabytes may stay on disk
        )
    except Exception as error:
        # a damaged or hostile file may fail in any way; nothing of it has run
        reason = next(iter(str(error).split(". ")[0].splitlines()), repr(error))
        raise ValueError(
            f"{path} is damaged or no checkpoint of torch ({reason}); copy it again, "
            "or give a state dict"
        ) from error
    plain = _without_placeholders(loaded)
    if not isinstance(plain, dict):
        raise ValueError(
            f"{path} holds no dictionary of tensors; give a checkpoint or a state dict"
        )
    return plain, sorted(skipped)


def _pickle_without_code(skipped: set[str]) -> types.ModuleType:
    """Return a pickle module whose unpickler looks names up in a list, never imports.

    Args:
        skipped: Gets the names that are not in the list.

    Returns:
        A module with ``Unpickler`` and ``load``, as ``torch.load`` wants it.
    """

    class Unpickler(pickle.Unpickler):
        """Build what is known; hand out placeholders for the rest."""

        def find_class(self, module: str, name: str) -> Any:
            """Return what a name in the file stands for."""
            known = _known(module, name)
            if known is None:
                skipped.add(f"{module}.{name}")
                return Placeholder
            return known

    def load(file: Any, **options: Any) -> Any:
        return Unpickler(file, **options).load()

    safe = types.ModuleType("pickle_without_code")
    safe.Unpickler = Unpickler
    safe.load = load
    return safe


def _known(module: str, name: str) -> Any:
    """Return one of the few things that a file may build, or None."""
    if module == "collections" and name == "OrderedDict":
        return collections.OrderedDict
    if module == "torch._utils" and name in _TORCH_REBUILDERS:
        return getattr(torch._utils, name)
    if module == "torch" and name == "Size":
        return torch.Size
    if module == "torch":
        return _DTYPES.get(name) or _STORAGES.get(name)
    return None


def _without_placeholders(value: Any) -> Any:
    """Return containers without what was not built; dictionaries become plain."""
    if isinstance(value, dict):
        kept = {k: _without_placeholders(v) for k, v in value.items() if _is_plain(k)}
        return {k: v for k, v in kept.items() if not isinstance(v, Placeholder)}
    if isinstance(value, (list, tuple, set)):
        items = [_without_placeholders(item) for item in value]
        kept = [item for item in items if not isinstance(item, Placeholder)]
        return kept if isinstance(value, list) else tuple(kept)
    if isinstance(value, torch.Tensor):
        return value.detach()
    return value if _is_plain(value) else Placeholder()


def _is_plain(value: Any) -> bool:
    return value is None or isinstance(value, (bool, int, float, complex, str, bytes))
