"""Check that an Ogg file (RFC 3533) is one stream without missing or damaged pages.

libogg silently skips a damaged page, which would leave a gap in the sound. A missing
end mark is accepted: recorded streams lack it.
"""

import zlib
from typing import BinaryIO

from espnet2.gen_audio.feats.sound_limits import AGAIN, UnusableSound

MAGIC = b"OggS"
_HEADER = 27
_BEGINS, _ENDS = 2, 4  # flags of the first and the last page of a stream
_MIRROR = bytes(int(f"{n:08b}"[::-1], 2) for n in range(256))


def check_pages(file: BinaryIO, size: int) -> None:
    """Check all pages.

    Args:
        file: A file that begins with ``MAGIC``.
        size: Its length in bytes.

    Raises:
        UnusableSound: If a page is cut, damaged or missing, or if several streams
            follow each other (libsndfile would read the first only).
    """
    file.seek(0)
    position, flags, begun = 0, 0, True
    numbers: dict[bytes, int] = {}  # the next page number by stream
    while position < size:
        page = _read_page(file, position, size, ended=bool(flags & _ENDS))
        if page is None:
            return
        flags, serial = page[5], page[14:18]
        begun = begun and bool(flags & _BEGINS)
        if flags & _BEGINS and not begun:
            raise UnusableSound(
                "several streams: another sound begins in the Ogg file at byte"
                f" {position}; write each into a file of its own"
            )
        number = int.from_bytes(page[18:22], "little")
        if number != numbers.get(serial, number):
            raise UnusableSound(
                f"damaged: Ogg page {numbers[serial]} is followed by page {number} at"
                f" byte {position}, so a part is missing; {AGAIN}"
            )
        numbers[serial] = number + 1
        position += len(page)


def _read_page(file: BinaryIO, position: int, size: int, ended: bool) -> bytes | None:
    header = file.read(_HEADER)
    if header[:5] != MAGIC + b"\0":
        if ended:
            return None  # other bytes after the end of the stream, such as a tag
        if MAGIC.startswith(header[:4]):
            raise _cut(position, size)
        raise UnusableSound(f"damaged: no Ogg page at byte {position}; {AGAIN}")
    lengths = file.read(header[26]) if len(header) == _HEADER else b""
    content = file.read(sum(lengths))
    if (
        len(header) < _HEADER
        or len(lengths) < header[26]
        or len(content) < sum(lengths)
    ):
        raise _cut(position, size)
    page = header + lengths + content
    if checksum(page) != int.from_bytes(page[22:26], "little"):
        raise UnusableSound(
            f"damaged: the checksum of the Ogg page at byte {position} is wrong;"
            f" {AGAIN}"
        )
    return page


def checksum(page: bytes) -> int:
    """Return the checksum of a page, computed with zeros in the checksum field.

    It is the CRC-32 of zip files with the bits of each byte and of the result reversed,
    and without inversions.

    Args:
        page: The whole page.

    Returns:
        The number in bytes 22 to 26 of an undamaged page.
    """
    mirrored = (page[:22] + bytes(4) + page[26:]).translate(_MIRROR)
    plain = zlib.crc32(mirrored, 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int(f"{plain:032b}"[::-1], 2)


def _cut(position: int, size: int) -> UnusableSound:
    return UnusableSound(
        f"truncated: the Ogg page at byte {position} goes beyond the end of the file at"
        f" byte {size}; {AGAIN}"
    )
