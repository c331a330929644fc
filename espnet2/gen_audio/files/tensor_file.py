"""Identify files of tensors by their content, and load them without running code.

Each file is identified before torch opens it, because torch passes a TorchScript zip to
a loader that runs the code in it.

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

ARCHIVE_INDEX = "meta.yaml"  # member that identifies an archive of ESPnet
_ZIP = b"PK\x03\x04"
_PICKLE = b"\x80"
_TENSORS_A_TURN = 32
# last records of a zip: mark, size and offset of the list of members. The last record
# has no comment; large files have two further records before it.
_END = struct.Struct("<4s8xLL2x")
_LOCATOR = struct.Struct("<4s4xQ4x")
_END64 = struct.Struct("<4s36xQQ")


class Form(enum.Enum):
    """The form of a file; values complete the sentence 'the file is ...'."""

    SAFETENSORS = "a safetensors file"
    TORCH_ZIP = "a file that torch.save wrote"
    TORCH_PICKLE = "a file that torch.save wrote in its older format"
    TORCHSCRIPT = "a TorchScript archive"
    ARCHIVE = "a packed archive"
    OTHER = "no file of tensors"


def form_of(path: Path | str) -> Form:
    """Return the form of a file, from its content only.

    Args:
        path: A file; its name and ending are not used.

    Returns:
        Its form; ``Form.OTHER`` also for a damaged file.
    """
    path = Path(path)
    with path.open("rb") as file:
        start = file.read(9)
    if start.startswith(_ZIP):
        return _form_of_zip(path)
    # first, because the length of a header may equal the first byte of a pickle
    header = int.from_bytes(start[:8], "little")
    if start[8:] == b"{" and header <= path.stat().st_size - 8:
        return Form.SAFETENSORS
    if start.startswith(_PICKLE):
        return Form.TORCH_PICKLE
    try:
        return Form.ARCHIVE if tarfile.is_tarfile(path) else Form.OTHER
    except (EOFError, OSError, zlib.error):  # a truncated compressed file
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
    """Tell whether the list of a zip's members ends at the start of its last record.

    If not, readers may use different lists: zipfile may find tensors where torch's own
    reader finds code.
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
        ValueError: If it is TorchScript, whose code torch would run, no file of
            tensors, or another file with the ending ``.safetensors``.
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
            f"{path} is {form.value}, named as a safetensors file; rename it to " ".pth"
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
        ValueError: If the file is damaged or no file of tensors, contains objects that
            need code to be run, or no dictionary.
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
            f"{path} contains a {type(loaded).__name__}; a dictionary of tensors is "
            "needed, such as a state_dict()"
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
    rebuild = np.float64(0).__reduce__()[0]
    return [
        # NumPy 1 and 2 have this function in different modules
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
    """Map a safetensors file, or copy some tensors at a time in another precision."""
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
