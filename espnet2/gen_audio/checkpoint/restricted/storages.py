"""The storages of a ``torch.save`` file, in either of its two formats.

The newer format is a zip of uncompressed members: ``data.pkl`` and one member per
storage, whose bytes are mapped and stay on disk until they are used. In the older
format the bytes of all storages follow the pickle.
"""

import pickle
import struct
import zipfile
from pathlib import Path
from typing import Any, BinaryIO

import torch

from espnet2.gen_audio.checkpoint.restricted.unpickler import (
    RestrictedUnpickler,
    Storage,
    StorageClass,
)

_MAGIC = 0x1950A86A20F9469CFC6C  # torch's mark of its older format
_PROTOCOL = 1001
_LOCAL_HEADER = struct.Struct("<4s5H3L2H")


def read_zip(path: Path, skipped: set[str]) -> Any:
    """Read what was saved in the newer format.

    Args:
        path: The file.
        skipped: Gets the names of what was not built.

    Returns:
        What was saved, with placeholders.

    Raises:
        ValueError: If it holds no data.pkl, was written on a big-endian machine, or a
            storage is missing, compressed or shorter than the pickle says.
    """
    whole = torch.UntypedStorage.from_file(str(path), False, path.stat().st_size)
    found: dict[str, torch.UntypedStorage] = {}
    with zipfile.ZipFile(path) as archive, path.open("rb") as raw:
        members = {info.filename: info for info in archive.infolist()}
        top = next((n for n in members if n.partition("/")[2] == "data.pkl"), None)
        if top is None or members[top].compress_type != zipfile.ZIP_STORED:
            raise ValueError(
                f"it has no data.pkl that is not compressed: {top or 'none'}"
            )
        folder = top.removesuffix("data.pkl")
        order = members.get(f"{folder}byteorder")
        byte_order = b"little" if order is None else archive.read(order)[:8]
        if byte_order != b"little":
            raise ValueError(f"its byte order is {byte_order!r}, little is read")

        def storage_of(pid: Any) -> Storage:
            key, dtype, count, _ = _parsed(pid)
            if key not in found:
                info = members.get(f"{folder}data/{key}")
                if info is None or info.compress_type != zipfile.ZIP_STORED:
                    raise ValueError(f"storage {key} is missing or compressed")
                begin = _begin_of(raw, info)
                found[key] = whole[begin : begin + info.file_size]
            _refuse_short(found[key], dtype, count, key)
            return Storage(found[key], dtype)

        with archive.open(top) as file:
            return RestrictedUnpickler(file, storage_of, skipped).load()


def read_older(path: Path, skipped: set[str]) -> Any:
    """Read what was saved in the older format.

    Args:
        path: The file.
        skipped: Gets the names of what was not built.

    Returns:
        What was saved, with placeholders.

    Raises:
        ValueError: If it is of another format or a big-endian machine, or ends early.
    """
    size = path.stat().st_size
    found: dict[str, torch.UntypedStorage] = {}
    widths: dict[str, int] = {}

    def storage_of(pid: Any) -> Storage:
        key, dtype, count, view = _parsed(pid)
        width = dtype.itemsize
        if key not in found:
            if count * width > size - sum(s.nbytes() for s in found.values()):
                raise ValueError(f"storage {key} is larger than the file")
            found[key] = torch.UntypedStorage(count * width)
            widths[key] = width
        begin = 0 if view is None else int(view[1])
        return Storage(found[key], dtype, begin)

    def load(file: BinaryIO) -> Any:
        return RestrictedUnpickler(file, storage_of, skipped).load()

    with path.open("rb") as file:
        magic = load(file)
        if magic != _MAGIC or load(file) != _PROTOCOL:
            raise ValueError(f"it begins with {str(magic)[:40]!r}, as torch's do not")
        machine = load(file)
        if not isinstance(machine, dict) or machine.get("little_endian") is not True:
            raise ValueError(f"its machine is {str(machine)[:80]!r}, not little-endian")
        saved, keys = load(file), load(file)
        if not isinstance(keys, list) or set(keys) != found.keys():
            raise ValueError(f"its {len(found)} storages are not those that it lists")
        for key in keys:
            _fill(file, found[key], widths[key])
    return saved


def _parsed(pid: Any) -> tuple[str, torch.dtype, int, tuple | None]:
    """Return key, type, number of items and view of a persistent id."""
    if (
        not isinstance(pid, tuple)
        or len(pid) not in (5, 6)
        or pid[0] != "storage"
        or not isinstance(pid[1], StorageClass)
        or not isinstance(pid[2], str)
        or not isinstance(pid[4], int)
        or pid[4] < 0
    ):
        raise pickle.UnpicklingError(f"it names {str(pid)[:80]!r}, which is no storage")
    return pid[2], pid[1].dtype, pid[4], pid[5] if len(pid) == 6 else None


def _begin_of(raw: BinaryIO, info: zipfile.ZipInfo) -> int:
    """Return where the bytes of an uncompressed member begin."""
    raw.seek(info.header_offset)
    header = _LOCAL_HEADER.unpack(raw.read(_LOCAL_HEADER.size))
    if header[0] != b"PK\x03\x04":
        raise ValueError(f"member {info.filename} has no header")
    return info.header_offset + _LOCAL_HEADER.size + header[-2] + header[-1]


def _refuse_short(
    storage: torch.UntypedStorage, dtype: torch.dtype, count: int, key: str
) -> None:
    if storage.nbytes() < count * dtype.itemsize:
        raise ValueError(
            f"storage {key} has {storage.nbytes()} bytes, {count * dtype.itemsize} are "
            "needed"
        )


def _fill(file: BinaryIO, storage: torch.UntypedStorage, width: int) -> None:
    """Read the bytes of one storage, which follow their number of items."""
    count = int.from_bytes(file.read(8), "little")
    if count * width != storage.nbytes():
        raise ValueError(f"a storage has {count} items, its tensors say another number")
    target = torch.empty(0, dtype=torch.uint8).set_(storage)
    there = file.readinto(memoryview(target.numpy())) if count else 0
    if there != storage.nbytes():
        raise ValueError(
            f"it ends after {there} of {storage.nbytes()} bytes of a storage"
        )
