"""Check a Kaldi index of matrices before anything opens it.

kaldiio runs an entry that ends in ``|`` as a command, and unpickles an archive whose
entry begins with ``PKL``. An index may come from another person, so only offsets in
binary archives of numbers are accepted. Lines are split as in kaldiio, and an entry for
which kaldiio could open another file than this check is refused, and so is a matrix of
which the archive does not contain all numbers.
"""

import os
import re
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from espnet2.gen_audio.files.regular_file import regular

# kaldiio reads an invalid range as a part of the file's name
_RANGE = r"\[[0-9]{1,9}:[0-9]{1,9}(?:,[0-9]{1,9}:[0-9]{1,9})?\]"
_PLACE = re.compile(
    rf"(?P<file>[^|\[\]]*[^|\[\]\s]):(?P<offset>[0-9]{{1,18}})(?:{_RANGE})?"
)
# "\0B", then F(loat), D(ouble) or C(ompressed), then M(atrix) or V(ector); Kaldi's
# matrix/kaldi-matrix.cc and matrix/compressed-matrix.cc
_NUMBERS = re.compile(rb"\x00B(?:[FD][MV] |CM[ 23])")
_NUMBER_BYTES = {b"F": 4, b"D": 8}
# sizes after "FM ", the width of each before it; after "CM " minimum and range first
_VECTOR, _MATRIX = struct.Struct("<xi"), struct.Struct("<xixi")
_COMPRESSED = struct.Struct("<8xii")
_HEADER_BYTES = 32
_LONGEST = 1 << 16  # characters of a line
_FIRST, _STRIDE = 10_000, 100  # entries of which a sampled check reads the matrix


def check_matrix_index(scp: Path | str, sampled: bool = False) -> None:
    """Refuse an index with an entry that runs a command or unpickles a file.

    Args:
        scp: Index with lines ``id file:offset``.
        sampled: Whether it is enough to look into the archives at the first ten
            thousand entries, at every hundredth after them, and at both ends of each
            archive. It is for readers that use ``checked_place`` at each access.

    Raises:
        ValueError: If an entry is no offset in an archive, or there is no matrix at the
            offset, or fewer numbers than the matrix has.
        FileNotFoundError: If an archive does not exist.
    """
    archive, opened, last = None, None, None
    try:
        for line, name, place in _entries(regular(scp)):
            where = f"{scp}, line {line}, {name}"
            if archive != place["file"]:
                if opened is not None:
                    _refuse_fault(opened, *last)
                    opened.close()
                archive, opened = place["file"], _opened(place["file"], where)
                last = None
            if last is None or not sampled or line <= _FIRST or line % _STRIDE == 0:
                _refuse_fault(opened, place, where)
            last = place, where
        if last is not None:
            _refuse_fault(opened, *last)
    finally:
        if opened is not None:
            opened.close()


def checked_place(text: str, where: str) -> str:
    """Return an entry of an index if it is a matrix of numbers, as kaldiio takes it.

    Args:
        text: The entry, ``file:offset``.
        where: Its place, for messages.

    Returns:
        The entry.
    """
    place = _parsed(text, where)
    with _opened(place["file"], where) as opened:
        _refuse_fault(opened, place, where)
    return place[0]


def _refuse_fault(opened: BinaryIO, place: re.Match, where: str) -> None:
    """Refuse an entry without a whole matrix of numbers."""
    size, offset = os.fstat(opened.fileno()).st_size, int(place["offset"])
    opened.seek(min(offset, size))
    fault = _fault_of(opened.read(_HEADER_BYTES), size - offset)
    if fault:
        raise ValueError(f"{where}: {place[0]} {fault}")


def _opened(archive: str, where: str) -> BinaryIO:
    """Open an archive; ``where`` is the line that names it, for messages."""
    try:
        return open(regular(archive), "rb")
    except FileNotFoundError as error:
        raise FileNotFoundError(
            f"{where}: {archive} does not exist; correct the path, or dump it again"
        ) from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ValueError(
            f"{where}: {archive!r} cannot be read ({reason}); correct the path"
        ) from error


def _fault_of(header: bytes, left: int) -> str:
    """Return what is wrong with a matrix, or nothing.

    Args:
        header: Its first bytes.
        left: Bytes from there to the end of the archive.

    Returns:
        The end of a sentence about the place.
    """
    if not _NUMBERS.match(header):
        return (
            "is no binary Kaldi matrix (pickles, sounds and texts are not read); dump "
            "it again"
        )
    try:
        shape, needed = _extent_of(header)
    except struct.error:
        return "ends within the sizes of its matrix; dump it again"
    widths = header[5:11:5] if header[3:4] == b"M" else header[5:6]
    if header[2:3] != b"C" and widths.strip(b"\4"):
        return "states sizes of a width other than 4 bytes; dump it again"
    if min(shape) < 1:
        return f"is a matrix of the sizes {shape}, without numbers; dump it again"
    if needed > left:
        return (
            f"is a matrix of the sizes {shape}, which takes {needed} bytes, but the "
            f"archive ends after {left}; dump it again"
        )
    return ""


def _extent_of(header: bytes) -> tuple[tuple[int, ...], int]:
    """Return the sizes of a matrix or vector and all its bytes."""
    sort, form = header[2:3], header[3:4]
    if sort == b"C":
        begin = 5 if header[4:5] == b" " else 6  # "CM " or "CM2 "
        rows, columns = _COMPRESSED.unpack_from(header, begin)
        width = 2 if header[4:5] == b"2" else 1
        content = rows * columns * width + (8 * columns if begin == 5 else 0)
        return (rows, columns), begin + _COMPRESSED.size + content
    sizes = _VECTOR if form == b"V" else _MATRIX
    shape = sizes.unpack_from(header, 5)
    numbers = shape[0] * shape[-1] if form == b"M" else shape[0]
    return shape, 5 + sizes.size + numbers * _NUMBER_BYTES[sort]


def _entries(scp: Path) -> Iterator[tuple[int, str, re.Match]]:
    """Yield line number, id and match of every entry."""
    with scp.open(encoding="utf-8", errors="surrogateescape") as lines:
        longest = iter(lambda: lines.readline(_LONGEST), "")
        for number, line in enumerate(longest, 1):
            if len(line) == _LONGEST:
                raise ValueError(
                    f"{scp}, line {number} has {_LONGEST} characters or more; is this "
                    "an index ('id file:offset' a line)?"
                )
            if line.startswith("\ufeff"):  # kaldiio would make it part of the id
                raise ValueError(
                    f"{scp}, line {number} begins with a byte order mark; save the "
                    "file without one"
                )
            name, text = (*line.split(None, 1), "", "")[:2]
            yield number, name, _parsed(text, f"{scp}, line {number}, {name}")


def _parsed(text: str, where: str) -> re.Match:
    """Return the parts of an entry."""
    text = text.rstrip()
    place = _PLACE.fullmatch(text)
    # kaldiio takes '-' for standard input
    if place is None or place["file"] == "-":
        raise ValueError(
            f"{where}: {text!r} was given, but only 'file:offset' is read; commands "
            "('... |') are not run"
        )
    return place
