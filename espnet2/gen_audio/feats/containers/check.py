"""Check that a sound file exists, can be read and is as long as its header states."""

import stat
from pathlib import Path
from typing import BinaryIO

from espnet2.gen_audio.feats.containers import chunks, ogg
from espnet2.gen_audio.feats.containers.extent import Extent, Patch
from espnet2.gen_audio.feats.containers.fixed_headers import HEAD_BYTES, fixed_header
from espnet2.gen_audio.feats.containers.matlab import matlab_matrix
from espnet2.gen_audio.feats.containers.mp3 import length_table
from espnet2.gen_audio.feats.sound_limits import AGAIN, UnusableSound


def check_container(path: Path) -> Patch | None:
    """Compare the length that a header states with the file.

    Args:
        path: Sound file.

    Returns:
        Bytes that replace an unknown size in the header while the file is read; None if
        the header is right or states no size.

    Raises:
        UnusableSound: If the file is missing, not readable, empty or truncated.
    """
    try:
        size = _size_of(path)
        with path.open("rb") as file:
            extent = _promise(file, size)
    except OSError as error:
        raise unreadable(error) from error
    except ValueError as error:
        if isinstance(error, UnusableSound):
            raise
        raise UnusableSound(f"no file name: {path!r} ({error})") from error
    if extent is None:
        return None
    extent.refuse_missing(size)
    return extent.patch


def unreadable(error: OSError) -> UnusableSound:
    """Return the reason why the system cannot read a file.

    Args:
        error: The error of the system.

    Returns:
        The reason.
    """
    if isinstance(error, (FileNotFoundError, NotADirectoryError)):
        return UnusableSound("the file does not exist; correct the path")
    if isinstance(error, PermissionError):
        return UnusableSound(
            "no permission to read: the file or a folder above it; change its mode"
        )
    return UnusableSound(f"cannot be read: {error.strerror or error}; {AGAIN}")


def _size_of(path: Path) -> int:
    found = path.stat()
    if stat.S_ISDIR(found.st_mode):
        raise UnusableSound("not a file: it is a folder; name a sound file")
    if not stat.S_ISREG(found.st_mode):
        raise UnusableSound("not a file: it is a pipe or a device; name a sound file")
    if not found.st_size:
        raise UnusableSound(f"empty file: 0 bytes; {AGAIN}")
    return found.st_size


def _promise(file: BinaryIO, size: int) -> Extent | None:
    head = file.read(HEAD_BYTES)
    if head[:4] in chunks.MAGIC:
        return chunks.sound_chunk(file, size)
    if head.startswith(ogg.MAGIC):
        ogg.check_pages(file, size)
        return None
    first = _skip_id3(head)
    if first >= size:
        raise UnusableSound(
            f"truncated: its ID3 tag takes {first} bytes, the file holds {size};"
            f" {AGAIN}"
        )
    file.seek(first)
    table = length_table(file.read(HEAD_BYTES), first)
    return table or fixed_header(head, size) or matlab_matrix(head)


def _skip_id3(head: bytes) -> int:
    """Return where the sound begins after a tag of form ID3v2: 0 without one."""
    if not head.startswith(b"ID3") or len(head) < 10:
        return 0
    length = 0
    for byte in head[6:10]:
        length = length << 7 | byte & 0x7F
    return 10 + length + (10 if head[5] & 0x10 else 0)
