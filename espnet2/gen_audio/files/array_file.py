"""Read NumPy's files of numbers: no pickle, and no more than a bound when unpacked."""

import zipfile
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

import numpy as np

from espnet2.gen_audio.files.bounded_file import BoundedFile
from espnet2.gen_audio.files.regular_file import regular

_REAL = "biuf"  # booleans, integers, floats
_MOST = 1 << 30  # bytes of all arrays of an .npz, and of an .npy


def read_array(path: str | Path) -> np.ndarray:
    """Read the array of an .npy file.

    Args:
        path: What ``numpy.save`` wrote.

    Returns:
        The array.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is damaged, holds something else than real numbers, or is no
            .npy file.
    """
    return _in_one_line(path, _whole_array)


def read_arrays(path: str | Path, names: Collection[str]) -> dict[str, np.ndarray]:
    """Read the arrays of an .npz file.

    Args:
        path: What ``numpy.savez`` wrote.
        names: Arrays that it must hold.

    Returns:
        The arrays by name.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is damaged, holds something else than real numbers, unpacks to
            more than a gibibyte, is no .npz file, or an array is missing.
    """
    arrays = _in_one_line(path, _all_arrays)
    missing = [name for name in names if name not in arrays]
    if missing:
        raise ValueError(
            f"{path} holds no array {missing[0]!r}, only {', '.join(arrays) or 'none'};"
            " give the file of statistics that ESPnet's collect-stats wrote"
        )
    return arrays


def _whole_array(path: Path) -> np.ndarray:
    with path.open("rb") as file:  # an .npz is not opened: its members may be bombs
        if file.read(6) != b"\x93NUMPY":
            raise ValueError("it does not begin as one")
        file.seek(0)
        return _numbers(np.load(file, allow_pickle=False))


def _numbers(values: np.ndarray) -> np.ndarray:
    """Refuse texts, dates, records and complex numbers."""
    if values.dtype.kind not in _REAL:
        raise ValueError(f"its values are of the type {values.dtype}")
    return values


def _all_arrays(path: Path) -> dict[str, np.ndarray]:
    with BoundedFile(path) as file, zipfile.ZipFile(file) as archive:
        size = sum(info.file_size for info in archive.infolist())
    if size > _MOST:
        raise ValueError(f"it unpacks to {size} bytes, at most {_MOST} are read")
    with np.load(path, allow_pickle=False) as stored:
        return {name: _numbers(stored[name]) for name in stored.files}


def _in_one_line(path: str | Path, read: Callable[[Path], Any]) -> Any:
    path = regular(path, _MOST)
    try:
        return read(path)
    except FileNotFoundError:
        raise
    except Exception as error:  # a damaged header or member may fail in any way
        reason = " ".join(str(error).split()) or type(error).__name__
        raise ValueError(
            f"{path} is no file of arrays of numbers ({reason}); write it by NumPy's "
            "save or savez"
        ) from error
