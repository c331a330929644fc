"""The members of an archive, zip or tar, read within stated bounds.

A few megabytes may unpack to a terabyte. Before anything is written, the members are
counted and their sizes are summed. Weights hardly compress: an archive of weights stays
far below the bounds.
"""

import bz2
import contextlib
import gzip
import io
import lzma
import shutil
import tarfile
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from espnet2.gen_audio.files.bounded_file import BoundedFile, refuse_long_read
from espnet2.gen_audio.files.regular_file import regular

MAX_RATIO = 20  # unpacked bytes for each byte of the archive
MAX_MEMBERS = 10_000
_MAX_NAME, _MAX_PART = 1000, 255  # bytes that file systems take
_SLACK = 1 << 20  # blocks of a tar, and archives of a few small texts
_DAMAGE = (
    zipfile.BadZipFile,
    tarfile.TarError,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    KeyError,
    NotImplementedError,  # a compression that is not known
    RuntimeError,  # an archive with a password
)
_HEAD = 1 << 20  # compressed bytes that hold the first header: a block of bzip2
_DECOMPRESSORS = {
    b"\x1f\x8b": lambda: zlib.decompressobj(zlib.MAX_WBITS | 16),
    b"BZh": bz2.BZ2Decompressor,
    b"\xfd7zXZ": lambda: lzma.LZMADecompressor(memlimit=_DICTIONARY),
}
_DICTIONARY = 128 << 20  # bytes that unpacking may need; xz -9 takes 65 MB
_COMPRESSED = {b"\x1f\x8b": gzip.open, b"BZh": bz2.open, b"\xfd7zXZ": lzma.open}


@dataclass(frozen=True)
class Member:
    """One file of an archive.

    Attributes:
        name: Its path inside.
        size: Bytes when unpacked.
    """

    name: str
    size: int


class ArchiveReader:
    """Members of a zip or a tar by name; made by ``opened``.

    Args:
        path: The archive.
        file: The opened zip or tar.

    Raises:
        ValueError: If the members are too many or too large, or one is a link or has a
            name that leaves the folder.
    """

    def __init__(self, path: Path, file: zipfile.ZipFile | tarfile.TarFile):
        self._file, self._infos = file, {}
        limit, total = limit_of(path), 0
        for info in _listed(path, file):
            name, size, is_file = _described(path, info)
            total += size
            if total > limit:
                raise ValueError(_too_much(path, f"{total} bytes or more"))
            if is_file:
                self._infos[Member(name, size)] = info
            if len(self._infos) > MAX_MEMBERS:
                raise ValueError(
                    f"{path} holds more than {MAX_MEMBERS} files, as no system of "
                    "bin.pack does; it is not unpacked"
                )
        self.members = tuple(self._infos)
        _refuse_clashes(path, [member.name for member in self.members])
        self.total = total

    def open(self, member: Member) -> BinaryIO:
        """Return the content of a member as a stream."""
        if isinstance(self._file, zipfile.ZipFile):
            return self._file.open(self._infos[member])
        return self._file.extractfile(self._infos[member])

    def unpack(self, folder: Path) -> None:
        """Copy all members into a folder, byte for byte.

        Args:
            folder: The folder; made if it is missing.
        """
        folder.mkdir(parents=True, exist_ok=True)
        for member in self.members:
            place = folder / member.name
            place.parent.mkdir(parents=True, exist_ok=True)
            with self.open(member) as source, place.open("wb") as sink:
                shutil.copyfileobj(source, sink, 1 << 20)


def limit_of(path: Path) -> int:
    """Return the largest size that an archive may unpack to, in bytes."""
    return MAX_RATIO * path.stat().st_size + _SLACK


def is_tar(path: Path) -> bool:
    """Tell whether a file begins as a tar, compressed or not.

    Only the first header is looked at, whatever it says of those that follow.

    Args:
        path: A file.

    Returns:
        True for a tar; False also where it is damaged.
    """
    with path.open("rb") as file:
        head = file.read(_HEAD)
    for magic, make in _DECOMPRESSORS.items():
        if head.startswith(magic):
            try:
                head = make().decompress(head, tarfile.BLOCKSIZE)
            except (*_DAMAGE, OSError, ValueError):
                return False
    try:
        tarfile.TarInfo.frombuf(head[: tarfile.BLOCKSIZE], "utf-8", "surrogateescape")
    except tarfile.TarError:
        return False
    return True


@contextlib.contextmanager
def opened(path: Path) -> Iterator[ArchiveReader]:
    """Open an archive and list its members.

    Args:
        path: A zip, or a tar, compressed or not; decided by its content.

    Yields:
        Its reader.

    Raises:
        ValueError: If it is damaged or no archive, unpacks to more than the bounds, or
            holds a link or a name that leaves the folder it is unpacked to.
    """
    with _damage_in_one_line(path), BoundedFile(regular(path)) as raw:
        start = raw.read(5)
        raw.seek(0)
        if start.startswith(b"PK"):
            with zipfile.ZipFile(raw) as file:
                yield ArchiveReader(path, file)
            return
        openers = (o for magic, o in _COMPRESSED.items() if start.startswith(magic))
        stream = next(openers, lambda file: file)(raw)
        with _open_tar(path, stream) as file:
            yield ArchiveReader(path, file)


class _Bounded(io.RawIOBase):
    """A stream that refuses to be read beyond the bound of its archive.

    Args:
        path: The archive.
        stream: Its decompressed content.
    """

    def __init__(self, path: Path, stream: BinaryIO):
        self._path, self._stream, self._limit = path, stream, limit_of(path)

    def read(self, size: int = -1) -> bytes:
        """Read up to ``size`` bytes; refuse to read beyond the bound."""
        refuse_long_read(self._path, size)
        self._refuse_beyond(self._stream.tell() + max(size, 0))
        return self._stream.read(size if size >= 0 else self._limit)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move to a position; refuse one beyond the bound."""
        self._refuse_beyond(offset)
        return self._stream.seek(offset, whence)

    def tell(self) -> int:
        """Return the position."""
        return self._stream.tell()

    def _refuse_beyond(self, place: int) -> None:
        if place > self._limit:
            raise ValueError(_too_much(self._path, f"{place} bytes or more"))


def _open_tar(path: Path, stream: BinaryIO) -> tarfile.TarFile:
    """Open a tar; its first header is read at once."""
    with _headers_in_one_line(path):
        return tarfile.open(fileobj=_Bounded(path, stream), mode="r:")


def _listed(
    path: Path, file: zipfile.ZipFile | tarfile.TarFile
) -> Iterator[zipfile.ZipInfo | tarfile.TarInfo]:
    """Yield the members of an archive; those of a tar are read one by one."""
    if isinstance(file, zipfile.ZipFile):
        yield from file.infolist()
        return
    with _headers_in_one_line(path):
        yield from file


@contextlib.contextmanager
def _headers_in_one_line(path: Path) -> Iterator[None]:
    """Name the archive where tarfile fails at what a header holds (GNU.sparse)."""
    try:
        yield
    except (ValueError, IndexError, OverflowError) as error:
        if str(error).startswith(str(path)):  # a refusal of this file
            raise
        raise ValueError(
            f"{path} is damaged, or no archive of bin.pack (a header of a member: "
            f"{error}); copy or download it again"
        ) from error


def _described(
    path: Path, info: zipfile.ZipInfo | tarfile.TarInfo
) -> tuple[str, int, bool]:
    """Return name, size and whether it is a file; refuse links and paths outside."""
    if isinstance(info, zipfile.ZipInfo):
        name, size = info.filename, info.file_size
        is_file, plain = not info.is_dir(), True
    else:
        name, size, is_file = info.name, info.size, info.isfile()
        plain = (info.isfile() or info.isdir()) and not info.issparse() and size >= 0
    parts = PurePosixPath(name)
    leaves = parts.is_absolute() or ".." in parts.parts or "\\" in name or ":" in name
    if leaves or not plain:
        raise ValueError(
            f"{path} holds {name!r}, which would leave the folder it is unpacked to or "
            "is no plain file; it was not made by bin.pack and is not opened"
        )
    return name, size, is_file


def _refuse_clashes(path: Path, names: Sequence[str]) -> None:
    """Refuse names that cannot all be files of one folder."""
    places: dict[PurePosixPath, str] = {}
    for name in names:
        place = PurePosixPath(name)
        parts = [part.encode(errors="surrogateescape") for part in place.parts]
        if not parts or max(map(len, parts)) > _MAX_PART or len(name) > _MAX_NAME:
            raise ValueError(
                f"{path} holds a file of the name {name[:60]!r} ({len(name)} "
                "characters), which cannot be written; pack it again"
            )
        if place in places:
            raise ValueError(f"{path} holds {name!r} twice; pack it again")
        places[place] = name
    for place, name in places.items():
        for above in place.parents:
            if above in places:
                raise ValueError(
                    f"{path} holds {places[above]!r} as a file and as a folder, of "
                    f"{name!r}; pack it again"
                )


def _too_much(path: Path, what: str) -> str:
    return (
        f"{path} of {path.stat().st_size} bytes would unpack to {what}, more than "
        f"{MAX_RATIO} times its size, but weights hardly compress; it is not unpacked"
    )


@contextlib.contextmanager
def _damage_in_one_line(path: Path) -> Iterator[None]:
    try:
        yield
    except _DAMAGE as error:
        raise ValueError(
            f"{path} is damaged or no archive ({type(error).__name__}: {error}); copy "
            "or download it again"
        ) from error
