"""Look through a file of torch before torch, or another reader, builds anything of it.

torch trusts what the file states: it unpacks compressed members whatever they become,
reads one member for each storage that claims its bytes, and follows its pickle without
bounds.
"""

import os
import zipfile
from pathlib import Path

from espnet2.gen_audio.files.archive_members import BoundedFile
from espnet2.gen_audio.files.pickle_scan import scan_pickle

_ALLOCATORS = {"builtins bytearray", "__builtin__ bytearray"}  # torch would call them
_HEADERS = 2  # pickles of a number that an older file begins with
_HEADER_BYTES = 64
_OLDER = (True, True, True, False, True)  # which of its pickles are plain


def scan_zip(path: Path) -> frozenset[str]:
    """Look through a file of torch's newer format.

    Args:
        path: A zip with a member ``data.pkl`` in a folder.

    Returns:
        Classes and functions that the pickle names, ``module name`` each.

    Raises:
        ValueError: If members are compressed, share bytes or a name, or the pickle asks
            for far more than its size.
    """
    with BoundedFile(path) as file, zipfile.ZipFile(file) as archive:
        infos = archive.infolist()
        _refuse_members(path, infos)
        # torch finds names whatever their case
        (pickled,) = [i for i in infos if _inner(i) == "data.pkl"]
        with archive.open(pickled) as stream:
            return scan_pickle(stream, pickled.file_size).names


def scan_older(path: Path) -> frozenset[str]:
    """Look through a file of torch's older format.

    Args:
        path: Five pickles: mark, version, machine, what was saved, keys of storages.

    Returns:
        Classes and functions that they name, ``module name`` each.

    Raises:
        ValueError: If one asks for far more than its size, or is damaged.
    """
    names: set[str] = set()
    left = os.stat(path).st_size
    with path.open("rb") as file:
        for number, plain in enumerate(_OLDER):
            size = min(left, _HEADER_BYTES) if number < _HEADERS else left
            place = file.tell()
            scan = scan_pickle(file, size, plain)
            file.seek(place + scan.length)
            left -= scan.length
            names |= scan.names
    return frozenset(names)


def refuse_allocators(names: frozenset[str]) -> None:
    """Refuse names by which torch would make arrays of any stated length.

    Args:
        names: Classes and functions that a pickle names.

    Raises:
        ValueError: If there is such a name.
    """
    found = sorted(names & _ALLOCATORS)
    if found:
        raise ValueError(f"it names {found[0]!r}, which no weights need")


def _inner(info: zipfile.ZipInfo) -> str:
    return info.filename.partition("/")[2].lower()


def _refuse_members(path: Path, infos: list[zipfile.ZipInfo]) -> None:
    for info in infos:
        if info.compress_type != zipfile.ZIP_STORED:
            raise ValueError(f"member {info.filename[:80]!r} is compressed")
    total, size = sum(info.file_size for info in infos), os.stat(path).st_size
    if total > size:
        raise ValueError(f"its members have {total} bytes, the file has {size}")
    if len({info.filename.lower() for info in infos}) < len(infos):
        raise ValueError("two of its members have one name")
