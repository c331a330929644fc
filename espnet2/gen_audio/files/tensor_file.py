"""Files of tensors: what a file is, decided by its content, and what it holds.

No code of a file is run. Each file is identified before torch sees it, because torch
hands a zip of TorchScript to its own loader, which runs what is in it.

``convert_checkpoint --input``        ``checkpoint.detect.read_file``: ``load_tensors``,
(also ``--pretrained`` of the         else ``checkpoint.restricted``, which never calls
recipe)                               ``torch.load``
archives, converted folders           ``checkpoint.archive``: ``load_tensors``
``pack``, generation, dumps,          ``checkpoint.experiment.load_experiment``:
``vocode``                            ``load_tensors``
folders of diffusers                  ``checkpoint.diffusers.weights``:
                                      ``load_tensors``
``--init_from``, ``--finetune_from``  ``training.init_from``, ``training.finetune``:
                                      ``load_tensors``
``--resume``, averages of epochs      ``training.trainer``, ``training.atomic_save``:
                                      identified first, then tensors only
``build_model_from_file``             ``training.task``: ``load_tensors``
metrics, perceptual loss              ``load_tensors``
encoders of transformers              safetensors only, by transformers
====================================  ==============================================
=======
All entry points that read files of others, weights among them, are listed with their
tests in ``egs2/audioldm2/ENTRY_POINTS.md``.
"""

import enum
import os
import pickle
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch

ARCHIVE_INDEX = "meta.yaml"  # the member by which an archive of ESPnet is known
_ZIP = b"PK\x03\x04"
_PICKLE = b"\x80"
_TENSORS_A_TURN = 32
# last records of a zip: mark, size and begin of the list of members; the last has no
# comment, and in large files two further ones stand before it
_END = struct.Struct("<4s8xLL2x")
_LOCATOR = struct.Struct("<4s4xQ4x")
_END64 = struct.Struct("<4s36xQQ")


class Form(enum.Enum):
    """What a file is; the values complete the sentence 'the file is ...'."""

    SAFETENSORS = "a safetensors file"
    TORCH_ZIP = "a file that torch.save wrote"
    TORCH_PICKLE = "a file that torch.save wrote in its older format"
    TORCHSCRIPT = "a TorchScript archive"
    ARCHIVE = "a packed archive"
    OTHER = "no file of tensors"


def form_of(path: Path | str) -> Form:
    """Tell what a file is, from its content alone.

    Args:
        path: A file; its name and ending do not count.

    Returns:
        Its form; ``Form.OTHER`` also where it is damaged.
    """
    path = Path(path)
    with path.open("rb") as file:
        start = file.read(9)
    if start.startswith(_ZIP):
        return _form_of_zip(path)
    # first, because the length of a header may have the byte that begins a pickle
    header = int.from_bytes(start[:8], "little")
    if start[8:] == b"{" and header <= path.stat().st_size - 8:
        return Form.SAFETENSORS
    if start.startswith(_PICKLE):
        return Form.TORCH_PICKLE
    try:
        return Form.ARCHIVE if tarfile.is_tarfile(path) else Form.OTHER
    except (EOFError, OSError, zlib.error):  # a compressed file that is cut short
        return Form.OTHER


def _form_of_zip(path: Path) -> Form:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, NotImplementedError, UnicodeDecodeError):
        return Form.OTHER
    # torch writes all members into one folder
    inner = {name.partition("/")[2] for name in names}
    if "constants.pkl" in inner or any(name.startswith("code/") for name in inner):
        return Form.TORCHSCRIPT
    if ARCHIVE_INDEX in names:
        return Form.ARCHIVE
    return Form.TORCH_ZIP if "data.pkl" in inner and _ends_plainly(path) else Form.OTHER


def _ends_plainly(path: Path) -> bool:
    """Tell whether the list of a zip's members ends where its last record begins.

    Where it does not, readers disagree on which list is meant: zipfile may see tensors
    where torch's own reader sees code.
    """
    with path.open("rb") as file:
        end = file.seek(0, os.SEEK_END) - _END.size
        file.seek(max(end - _LOCATOR.size, 0))
        tail = file.read()
        magic, size, begin = _END.unpack(tail[-_END.size :])
        if magic != b"PK\5\6":
            return False
        if tail.startswith(b"PK\6\7"):
            _, place = _LOCATOR.unpack(tail[: _LOCATOR.size])
            file.seek(place)
            magic, size, begin = _END64.unpack(file.read(_END64.size))
            if magic != b"PK\6\6" or place + _END64.size != end - _LOCATOR.size:
                return False
            end = place
    return begin + size == end


def identify(path: Path | str) -> Form:
    """Return the form of a file of tensors; refuse every other file.

    Args:
        path: A file.

    Returns:
        ``SAFETENSORS``, ``TORCH_ZIP`` or ``TORCH_PICKLE``.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is TorchScript, whose code torch would run, or no file of
            tensors, or is called ``.safetensors`` and is none.
    """
    form = form_of(path)
    if form is Form.TORCHSCRIPT:
        raise ValueError(
            f"{path} is {form.value}, which holds code that torch would run, so it is "
            "not opened; give a file of model.state_dict() instead"
        )
    if form is Form.ARCHIVE:
        raise ValueError(
            f"{path} is {form.value} of a whole system, where a file of tensors is "
            "needed; unpack it, or give it to bin.gen_audio or bin.convert_checkpoint"
        )
    if form is Form.OTHER:
        raise ValueError(
            f"{path} is damaged or {form.value} (a text, or a download that was cut "
            "short?); give a .safetensors file or one that torch.save wrote"
        )
    if form is not Form.SAFETENSORS and Path(path).suffix == ".safetensors":
        # torch.load would take it for a safetensors file, by its name
        raise ValueError(
            f"{path} is {form.value}, under the name of a safetensors file; let its "
            "name end in .pth"
        )
    return form


def load_tensors(
    path: Path | str,
    map_location: str = "cpu",
    mmap: bool = False,
    dtype: torch.dtype | None = None,
    unread: tuple[str, ...] = (),
) -> dict[str, Any]:
    """Load tensors, numbers and plain containers; execute nothing.

    Numbers that NumPy made are let through, because ESPnet 202511 stores its epoch
    averages as such.

    Args:
        path: A file written by ``torch.save``, or a safetensors file.
        map_location: Device on which the tensors are placed.
        mmap: Leave the tensors on disk until they are used; for large files that are
            not written over meanwhile. A safetensors file is always left there.
        dtype: Precision of the floating-point tensors of a safetensors file; that of
            the file if None.
        unread: Beginnings of names of tensors that stay on disk until they are read.

    Returns:
        The dictionary that was saved.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the file is damaged or no file of tensors, holds anything that
            would need code to be run, or holds no dictionary.
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
    except (pickle.UnpicklingError, EOFError, RuntimeError, ValueError) as error:
        reason = next(iter(str(error).splitlines()), type(error).__name__)
        raise ValueError(
            f"{path} is damaged or holds more than tensors, numbers, strings and plain "
            f"containers, which is never loaded ({reason}); save a state dict instead"
        ) from error
    if not isinstance(loaded, dict):
        raise ValueError(
            f"{path} holds a {type(loaded).__name__}; a dictionary of tensors is "
            "needed, as state_dict() returns it"
        )
    return loaded


def tensors_in_turns(path: Path | str) -> Iterator[tuple[str, torch.Tensor]]:
    """Yield the tensors of a safetensors file, a few at a time.

    What was read of a mapped file counts as memory of the process until the file is
    closed; here it is closed after every few tensors.

    Args:
        path: The file.

    Yields:
        Names and tensors; a tensor is valid until the next one is asked for.
    """
    from safetensors import safe_open

    with safe_open(path, "pt") as file:
        names = list(file.keys())
    for begin in range(0, len(names), _TENSORS_A_TURN):
        with safe_open(path, "pt") as file:
            for name in names[begin : begin + _TENSORS_A_TURN]:
                yield name, file.get_tensor(name)


def _numpy_scalars() -> list[Any]:
    """Return what a pickled NumPy number names: a type and a rebuild, no code."""
    types = (np.float32, np.float64, np.int32, np.int64, np.bool_)
    rebuild = np.float64(0).__reduce__()[0]
    return [
        # NumPy 1 and 2 give the same function different addresses
        (rebuild, "numpy.core.multiarray.scalar"),
        (rebuild, "numpy._core.multiarray.scalar"),
        np.dtype,
        *(type(np.dtype(number)) for number in types),
    ]


def _safetensors(
    path: Path,
    map_location: str,
    dtype: torch.dtype | None,
    unread: tuple[str, ...],
) -> dict[str, Any]:
    """Map a safetensors file, or copy it in another precision, a few tensors a turn."""
    from safetensors import safe_open

    with safe_open(path, "pt", device=map_location) as file:
        names = list(file.keys())
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
