"""The storages of a ``torch.save`` file, in either of its two formats.

The newer format is a zip of uncompressed members: ``data.pkl`` and one member per
storage, whose bytes are mapped and stay on disk until they are used. In the older
format the bytes of all storages follow the pickle.
"""

import pickle
import struct
import zipfile
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from reprlib import repr  # limits the length of the text
from typing import Any, BinaryIO

import torch

from espnet2.gen_audio.checkpoint.restricted.unpickler import (
    RestrictedUnpickler,
    Storage,
    StorageClass,
)

_MAGIC = 0x1950A86A20F9469CFC6C  # first number of torch's older file format
_PROTOCOL = 1001
_LOCAL_HEADER = struct.Struct("<4s5H3L2H")


def read_zip(path: Path, skipped: set[str]) -> Any:
    """Read a file in the newer format.

    Args:
        path: The file.
        skipped: The names of classes and functions that are not built are added here.

    Returns:
        The saved object, with placeholders.

    Raises:
        ValueError: If it holds no data.pkl, was written on a big-endian machine, or a
            storage is missing, compressed or shorter than the pickle says.
    """
    whole = torch.UntypedStorage.from_file(str(path), False, path.stat().st_size)
    with zipfile.ZipFile(path) as archive, path.open("rb") as raw:
        members = {info.filename: info for info in archive.infolist()}
        top = _uncompressed_pickle(members)
        folder = top.removesuffix("data.pkl")
        _refuse_big_endian(archive, members.get(f"{folder}byteorder"))
        mapped = _MappedStorages(whole, raw, members, folder)
        with archive.open(top) as file:
            return RestrictedUnpickler(file, mapped.storage_of, skipped).load()


def read_older(path: Path, skipped: set[str]) -> Any:
    """Read a file in the older format.

    Args:
        path: The file.
        skipped: The names of classes and functions that are not built are added here.

    Returns:
        The saved object, with placeholders.

    Raises:
        ValueError: If it has another format, comes from a big-endian machine, or ends
            early.
    """
    announced = _AnnouncedStorages(path.stat().st_size)
    with path.open("rb") as file:
        load = partial(_load_next, file, announced, skipped)
        _refuse_other_header(load)
        saved, keys = load(), load()
        texts = isinstance(keys, list) and all(isinstance(key, str) for key in keys)
        if not texts or set(keys) != announced.storages.keys():
            count = len(announced.storages)
            raise ValueError(f"its {count} storages are not those that it lists")
        for key in keys:
            _fill(file, announced.storages[key], announced.widths[key])
    return saved


class _MappedStorages:
    """The storages of a zip, which stay on disk until they are used."""

    def __init__(
        self,
        whole: torch.UntypedStorage,
        raw: BinaryIO,
        members: Mapping[str, zipfile.ZipInfo],
        folder: str,
    ):
        self.whole, self.raw = whole, raw
        self.members, self.folder = members, folder
        self.storages: dict[str, torch.UntypedStorage] = {}

    def storage_of(self, pid: Any) -> Storage:
        """Return the storage of a persistent id, mapped from the file.

        Args:
            pid: The persistent id in the pickle.

        Returns:
            The storage.

        Raises:
            ValueError: If it is missing, compressed or shorter than the pickle says.
        """
        key, dtype, count, _ = _parsed(pid)
        if key not in self.storages:
            info = self.members.get(f"{self.folder}data/{key}")
            if info is None or info.compress_type != zipfile.ZIP_STORED:
                raise ValueError(f"storage {key} is missing or compressed")
            begin = _begin_of(self.raw, info)
            self.storages[key] = self.whole[begin : begin + info.file_size]
        _refuse_short(self.storages[key], dtype, count, key)
        return Storage(self.storages[key], dtype)


class _AnnouncedStorages:
    """The storages that a pickle announces, whose bytes follow it in the file."""

    def __init__(self, size: int):
        self.left = size  # bytes of the file that no storage has claimed yet
        self.storages: dict[str, torch.UntypedStorage] = {}
        self.widths: dict[str, int] = {}

    def storage_of(self, pid: Any) -> Storage:
        """Return the storage of a persistent id; its bytes are read later.

        Args:
            pid: The persistent id in the pickle.

        Returns:
            The storage.

        Raises:
            ValueError: If the file is too small for it and the storages before it.
        """
        key, dtype, count, view = _parsed(pid)
        if key not in self.storages:
            size = count * dtype.itemsize
            if size > self.left:
                raise ValueError(f"storage {key} is larger than the file")
            self.left -= size
            self.storages[key] = torch.UntypedStorage(size)
            self.widths[key] = dtype.itemsize
        begin = 0 if view is None else int(view[1])
        return Storage(self.storages[key], dtype, begin)


def _uncompressed_pickle(members: Mapping[str, zipfile.ZipInfo]) -> str:
    """Return the name of the member that holds the pickle."""
    top = next((n for n in members if n.partition("/")[2] == "data.pkl"), None)
    if top is None or members[top].compress_type != zipfile.ZIP_STORED:
        raise ValueError(f"it has no data.pkl that is not compressed: {top or 'none'}")
    return top


def _refuse_big_endian(
    archive: zipfile.ZipFile, member: zipfile.ZipInfo | None
) -> None:
    """Refuse another byte order; older releases of torch do not state theirs."""
    byte_order = b"little" if member is None else archive.read(member)[:8]
    if byte_order != b"little":
        raise ValueError(f"its byte order is {byte_order!r}; only little is accepted")


def _load_next(file: BinaryIO, announced: _AnnouncedStorages, skipped: set[str]) -> Any:
    """Read the next of the pickles that follow each other in the older format."""
    return RestrictedUnpickler(file, announced.storage_of, skipped).load()


def _refuse_other_header(load: Callable[[], Any]) -> None:
    """Read mark, protocol and machine of the older format, and compare them."""
    magic = load()
    if magic != _MAGIC or load() != _PROTOCOL:
        raise ValueError(f"it begins with {repr(magic)}, unlike torch's files")
    machine = load()
    if not isinstance(machine, dict) or machine.get("little_endian") is not True:
        raise ValueError(f"its machine is {repr(machine)}, not little-endian")


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
        raise pickle.UnpicklingError(f"it names {repr(pid)}, which is no storage")
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
    stated = file.read(8)
    if len(stated) < 8:
        raise ValueError(f"it ends after {len(stated)} of 8 bytes of a storage's size")
    count = int.from_bytes(stated, "little")
    if count * width != storage.nbytes():
        raise ValueError(f"a storage has {count} items, its tensors say another number")
    target = torch.empty(0, dtype=torch.uint8).set_(storage)
    there = file.readinto(memoryview(target.numpy())) if count else 0
    if there != storage.nbytes():
        raise ValueError(
            f"it ends after {there} of {storage.nbytes()} bytes of a storage"
        )
