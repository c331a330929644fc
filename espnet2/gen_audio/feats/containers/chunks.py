"""Containers made of named chunks: WAV, RF64, W64, AIFF, SVX and CAF.

A chunk is a name, a size and that many bytes. The chunk with the sound may follow other
chunks. ``Extent`` compares its size with the size of the file.
"""

from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from espnet2.gen_audio.feats.containers.extent import Extent, Patch
from espnet2.gen_audio.feats.sound_limits import AGAIN, UnusableSound

_MOST_CHUNKS = 10_000  # a file of zeros would hold one in every 8 bytes
_UNKNOWN_32 = 0x7FFF0000  # this size or more means 'unknown' (written to a pipe)
_UNKNOWN_64 = 0x7FFFFFFFFFFFFFFF
_DS64_DATA_SIZE = 28  # position of the 64-bit size in RF64


class _Layout(NamedTuple):
    start: int  # position of the first chunk
    name_bytes: int
    size_bytes: int
    order: str
    align: int
    sound: tuple[bytes, ...]  # beginnings of the names of chunks with sound
    counts_header: bool = False  # whether a size includes the name and the size field

    @property
    def header(self) -> int:
        """Bytes before the content of a chunk."""
        return self.name_bytes + self.size_bytes


_LAYOUTS = {
    b"RIFF": _Layout(12, 4, 4, "little", 2, (b"data",)),
    b"RIFX": _Layout(12, 4, 4, "big", 2, (b"data",)),
    b"RF64": _Layout(12, 4, 4, "little", 2, (b"data",)),
    b"FORM": _Layout(12, 4, 4, "big", 2, (b"SSND", b"BODY")),
    b"riff": _Layout(40, 16, 8, "little", 8, (b"data",), counts_header=True),
    b"caff": _Layout(8, 4, 8, "big", 1, (b"data",)),
}
MAGIC = tuple(_LAYOUTS)


def sound_chunk(file: BinaryIO, size: int) -> Extent:
    """Find the chunk with the sound.

    Args:
        file: A file that begins with one of ``MAGIC``.
        size: Its length in bytes.

    Returns:
        Position and length of the sound as the header states them. The length is
        unknown if the size means 'unknown' (as written to a pipe), or is zero although
        samples follow.

    Raises:
        UnusableSound: If the file ends before its sound begins.
    """
    file.seek(0)
    magic = file.read(4)
    layout = _LAYOUTS[magic]
    for position, name, length in _chunks(file, size, layout, layout.start):
        if name.startswith(layout.sound):
            length = _known_length(file, magic, length)
            return _extent(file, size, layout, position + layout.header, length)
    raise UnusableSound(f"truncated: the file ends before its sound begins; {AGAIN}")


def _known_length(file: BinaryIO, magic: bytes, length: int) -> int | None:
    """Return the bytes of sound that the file states, or None for an unknown size."""
    if magic == b"RF64" and length >= _UNKNOWN_32:
        file.seek(_DS64_DATA_SIZE)
        length = int.from_bytes(file.read(8), "little") or _UNKNOWN_64
    elif _LAYOUTS[magic].size_bytes == 4 and length >= _UNKNOWN_32:
        return None
    return None if length >= _UNKNOWN_64 else length


def _extent(
    file: BinaryIO, size: int, layout: _Layout, first: int, length: int | None
) -> Extent:
    """Return the extent that a chunk with sound states; it begins at ``first``."""
    if length is None:
        return Extent(first, 0)
    if length == 0 and layout.sound == (b"data",) and size > first:
        return _unstated(file, size, layout, first)
    return Extent(first, length)


def _chunks(
    file: BinaryIO, size: int, layout: _Layout, position: int
) -> Iterator[tuple[int, bytes, int]]:
    """Yield position, name and content length of each chunk that begins in the file."""
    for _ in range(_MOST_CHUNKS):
        if position + layout.header > size:
            return
        file.seek(position)
        name = file.read(layout.name_bytes)
        length = int.from_bytes(file.read(layout.size_bytes), layout.order)
        if layout.counts_header:
            length = max(0, length - layout.header)
        yield position, name, length
        position += layout.header + length
        position += -position % layout.align


def _unstated(file: BinaryIO, size: int, layout: _Layout, first: int) -> Extent:
    """Take the bytes after an empty chunk as its samples, unless they are chunks."""
    end = first
    for position, name, length in _chunks(file, size, layout, first):
        if not (name.isascii() and name.decode().isprintable()):
            break
        end = position + layout.header + length
    if size - end in (0, -1):  # the last byte of padding may be missing
        return Extent(first, 0)
    stated = size - first + (layout.header if layout.counts_header else 0)
    most = 256**layout.size_bytes - 1
    content = min(stated, most).to_bytes(layout.size_bytes, layout.order)
    return Extent(first, 0, patch=Patch(first - layout.size_bytes, content))
