"""Identify files of tensors by their content, and load them without running code.

Each file is identified before torch opens it, because torch passes a TorchScript zip to
a loader that runs the code in it.

All entry points that read files of others, weights among them, are listed with their
tests in ``egs2/audioldm2/ENTRY_POINTS.md``.
"""

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch

from espnet2.gen_audio.files.file_form import Form, form_of
from espnet2.gen_audio.files.tensor_bounds import refuse_repeated
from espnet2.gen_audio.files.torch_file import (
    refuse_allocators,
    scan_older,
    scan_zip,
)

_TENSORS_A_TURN = 32
_MOST_TENSORS = 100_000  # published systems have thousands


def identify(path: Path | str, calls: bool = True) -> Form:
    """Return the form of a file of tensors; refuse every other file.

    Args:
        path: A file.
        calls: Whether its reader calls functions that the file names, as torch does.

    Returns:
        ``SAFETENSORS``, ``TORCH_ZIP`` or ``TORCH_PICKLE``.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is TorchScript (torch would run its code), if it is no file of
            tensors, if its name ends in ``.safetensors`` but its form is another, or if
            it needs far more memory than its size.
    """
    form = form_of(path)
    if form is Form.TORCHSCRIPT:
        raise ValueError(
            f"{path} is {form.value}, which has code that torch would run, so it is "
            "not opened; give a file of model.state_dict() instead"
        )
    if form is Form.ARCHIVE:
        raise ValueError(
            f"{path} is {form.value} of a whole system, but a file of tensors is "
            "needed; unpack it, or give it to bin.gen_audio or bin.convert_checkpoint"
        )
    if form is Form.OTHER:
        raise ValueError(
            f"{path} is damaged or {form.value} (a text, or an incomplete "
            "download?); give a .safetensors file or one that torch.save wrote"
        )
    if form is not Form.SAFETENSORS and Path(path).suffix == ".safetensors":
        # because of its name, torch.load would read it as a safetensors file
        raise ValueError(
            f"{path} is {form.value}, named as a safetensors file; rename it to .pth"
        )
    if form is not Form.SAFETENSORS:
        _refuse_demands(Path(path), form, calls)
    return form


def _refuse_demands(path: Path, form: Form, calls: bool) -> None:
    """Refuse a file of torch that asks for far more memory or time than its size."""
    try:
        scan = scan_zip(path) if form is Form.TORCH_ZIP else scan_older(path)
        if calls:
            refuse_allocators(scan)
    except (ValueError, EOFError, RuntimeError, zipfile.BadZipFile) as error:
        raise _no_plain_tensors(path, error) from error


def _no_plain_tensors(path: Path, error: Exception) -> ValueError:
    reason = next(iter(str(error).splitlines()), type(error).__name__)
    return ValueError(
        f"{path} is damaged or holds more than tensors, numbers, strings and plain "
        f"containers, which is never loaded ({reason}); save a state dict instead"
    )


def load_tensors(
    path: Path | str,
    map_location: str = "cpu",
    mmap: bool = False,
    dtype: torch.dtype | None = None,
    unread: tuple[str, ...] = (),
) -> dict[str, Any]:
    """Load tensors, numbers and plain containers; execute nothing.

    NumPy numbers are accepted, because ESPnet 202511 stores averages of epochs in this
    form.

    Args:
        path: A file written by ``torch.save``, or a safetensors file.
        map_location: Device of the tensors.
        mmap: Whether tensors stay on disk until they are used; for large files that are
            not overwritten in the meantime. Tensors of a safetensors file always stay
            on disk.
        dtype: Precision of the floating-point tensors of a safetensors file; if None,
            that of the file.
        unread: Prefixes of names of tensors that stay on disk until they are used, also
            with ``dtype``.

    Returns:
        The saved dictionary.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the file is damaged or no file of tensors, if it contains objects
            that need code to be run, or if it contains no dictionary.
    """
    path = Path(path)
    form = identify(path)
    if form is Form.SAFETENSORS:
        try:
            return _safetensors(path, map_location, dtype, unread)
        except Exception as error:  # the library's own error class has no public name
            raise ValueError(
                f"{path} is no readable safetensors file ({error}); copy it again"
            ) from error
    try:
        with torch.serialization.safe_globals(_numpy_scalars()):
            loaded = torch.load(
                path,
                map_location=map_location,
                weights_only=True,
                # torch's older format cannot be mapped
                mmap=mmap and form is Form.TORCH_ZIP,
            )
    except (OSError, MemoryError):
        raise
    except Exception as error:  # a hostile pickle may make torch fail in any way
        raise _no_plain_tensors(path, error) from error
    refuse_repeated(loaded, path)
    named = isinstance(loaded, dict) and all(isinstance(key, str) for key in loaded)
    if not named:
        what = (
            "dict without names" if isinstance(loaded, dict) else type(loaded).__name__
        )
        raise ValueError(
            f"{path} contains a {what}; a dictionary of tensors by name is needed, "
            "such as a state_dict()"
        )
    return loaded


def tensors_in_turns(path: Path | str) -> Iterator[tuple[str, torch.Tensor]]:
    """Yield the tensors of a safetensors file, a few at a time.

    The pages that were read of a mapped file count as memory of the process until the
    file is closed. So the file is closed and opened again after a few tensors.

    Args:
        path: The file.

    Yields:
        Names and tensors; a tensor is valid until the next one is requested.
    """
    from safetensors import safe_open

    with safe_open(path, "pt") as file:
        names = list(file.keys())
    for begin in range(0, len(names), _TENSORS_A_TURN):
        with safe_open(path, "pt") as file:
            for name in names[begin : begin + _TENSORS_A_TURN]:
                yield name, file.get_tensor(name)


def _numpy_scalars() -> list[Any]:
    """Return the types and functions in a pickled NumPy number, which run no code."""
    types = (np.float32, np.float64, np.int32, np.int64, np.bool_)
    return [
        # NumPy 1 and 2 have this function in different modules
        (_number, "numpy.core.multiarray.scalar"),
        (_number, "numpy._core.multiarray.scalar"),
        np.dtype,
        *(type(np.dtype(number)) for number in types),
    ]


def _number(dtype: np.dtype, content: bytes) -> np.generic:
    """Return a NumPy number; its own function makes arrays of any length as well."""
    if dtype.kind not in "fiub" or len(content) != dtype.itemsize:
        raise ValueError(f"{dtype} of {len(content)} bytes is no number")
    return np.frombuffer(content, dtype)[0]


def _safetensors(
    path: Path,
    map_location: str,
    dtype: torch.dtype | None,
    unread: tuple[str, ...],
) -> dict[str, Any]:
    """Map a safetensors file, or copy some tensors at a time in another precision."""
    from safetensors import safe_open

    with safe_open(path, "pt", device=map_location) as file:
        names = list(file.keys())
        if len(names) > _MOST_TENSORS:
            raise ValueError(f"it has {len(names)} tensors, more than {_MOST_TENSORS}")
        if dtype is None:
            return {name: file.get_tensor(name) for name in names}
        left = [name for name in names if name.startswith(unread)]
        state = {name: file.get_tensor(name) for name in left}
    names = [name for name in names if name not in state]
    for begin in range(0, len(names), _TENSORS_A_TURN):
        with safe_open(path, "pt", device=map_location) as file:
            for name in names[begin : begin + _TENSORS_A_TURN]:
                tensor = file.get_tensor(name)
                copied = tensor.to(dtype) if tensor.is_floating_point() else tensor
                state[name] = copied.clone() if copied is tensor else copied
    return state
