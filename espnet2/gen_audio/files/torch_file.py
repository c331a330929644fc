"""Look through a file of torch before torch, or another reader, builds anything of it.

torch trusts what the file states: it unpacks compressed members whatever they become,
reads one member for each storage that claims its bytes, and follows its pickle without
bounds.
"""

import os
import zipfile
from pathlib import Path

from espnet2.gen_audio.files.bounded_file import BoundedFile
from espnet2.gen_audio.files.pickle_scan import Scan, scan_pickle

_ALLOCATORS = {"builtins bytearray", "__builtin__ bytearray"}  # torch would call them
# state dicts keep versions in an attribute
_WITH_STATE = {"collections OrderedDict", "numpy dtype"}
_HEADERS = 2  # pickles of a number that an older file begins with
_HEADER_BYTES = 64
_OLDER = (True, True, True, False, True)  # which pickles of an older file are plain


def scan_zip(path: Path) -> Scan:
    """Look through a file of torch's newer format.

    Args:
        path: A zip with a member ``data.pkl`` in a folder.

    Returns:
        What was seen in its pickle.

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
            return scan_pickle(stream, pickled.file_size)


def scan_older(path: Path) -> Scan:
    """Look through a file of torch's older format.

    Args:
        path: Five pickles: mark, version, machine, what was saved, keys of storages.

    Returns:
        What was seen in all of them; the length is that of the file's pickles.

    Raises:
        ValueError: If one asks for far more than its size, or is damaged.
    """
    scans = []
    left = os.stat(path).st_size
    with path.open("rb") as file:
        for number, plain in enumerate(_OLDER):
            size = min(left, _HEADER_BYTES) if number < _HEADERS else left
            place = file.tell()
            scan = scan_pickle(file, size, plain)
            file.seek(place + scan.length)
            left -= scan.length
            scans.append(scan)
    lengths, *found = zip(*scans)
    return Scan(sum(lengths), *(frozenset().union(*each) for each in found))


def refuse_allocators(scan: Scan) -> None:
    """Refuse calls by which torch would make arrays of any stated length or content.

    Args:
        scan: What was seen in a pickle.

    Raises:
        ValueError: If there is such a call, or an object gets attributes, which may
            hide its methods; those of an OrderedDict are checked when it is loaded.
    """
    found = sorted(scan.names & _ALLOCATORS)
    found += sorted(name for name in scan.called if _makes_tensors(name))
    if found:
        raise ValueError(f"it names {found[0]!r}, which no weights need")
    changed = sorted(scan.given_state - _WITH_STATE)
    if changed:
        raise ValueError(f"it gives {changed[0]!r} attributes, which no weights need")


def _makes_tensors(name: str) -> bool:
    """Tell whether a function is a class of tensors or storages, or adds attributes."""
    module, _, called = name.partition(" ")
    if module.partition(".")[0] != "torch":
        return False
    return called.endswith(("Tensor", "Storage")) or called.endswith("_with_state")


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
