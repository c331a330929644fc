"""Check a sound file, then decode it forward in blocks.

Shapes: T samples of C channels. Headers are not trusted: the stated length is first
compared with the size of the file, blocks have a bounded size, and decoding fewer
samples than stated is an error.
"""

import io
import logging
import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import soundfile

from espnet2.gen_audio.feats.containers.check import check_container, unreadable
from espnet2.gen_audio.feats.containers.extent import Patch
from espnet2.gen_audio.feats.sound_limits import AGAIN, UnusableSound, refuse_rate

OVERSHOOT_SECONDS = 0.1  # a segment may end this much after its file (rounded times)
_BLOCK = 1 << 20  # samples of all channels read at a time
_ENDLESS = 1 << 62  # a FLAC file from a pipe states this many samples or more
# codecs that cannot seek to the exact sample, or not at all; Opus can
_FORWARD_ONLY = (
    *("VORBIS", "MPEG_LAYER_I", "MPEG_LAYER_II", "MPEG_LAYER_III"),
    *("DWVW_12", "DWVW_16", "DWVW_24", "DWVW_N"),
)
_MP3_SLACK = 0.9  # an mp3 without a length table only estimates its length
_NO_SUCH_FILE = 7  # error code of libsndfile
_WITHOUT_HEADER = (
    "not a sound file: it has no header that states rate and width; convert it to wav"
    " or flac"
)
_KNOWN_MAGIC = (b"RIFF", b"RIFX", b"RF64", b"FORM", b"riff", b"caff", b"OggS", b"fLaC")


class SoundReader:
    """Reads ranges of samples of one file; use it in a ``with`` block.

    Args:
        path: Sound file.

    Attributes:
        rate: Samples per second.
        frames: Length in samples; None where the file does not state it.
        seeks: Whether the codec seeks to the exact sample. If not, everything before a
            range is decoded too, and going back decodes the file from its start again.

    Raises:
        UnusableSound: If the file is missing, damaged, truncated or not a sound file,
            or if its rate is out of bounds.
    """

    def __init__(self, path: str | Path):
        self._path = Path(path)
        self._patch = check_container(self._path)
        self._file = _open(self._path, self._patch)
        try:
            self._refuse_header()
        except UnusableSound:
            self._file.close()
            raise
        self.rate = self._file.samplerate
        self.frames = None if self._file.frames >= _ENDLESS else self._file.frames
        self.seeks = self._file.seeks and self.frames is not None
        self._position = 0

    def __enter__(self) -> "SoundReader":
        """Return the reader."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        self._file.close()

    def range_of(self, start: float | None, end: float | None) -> tuple[int, int]:
        """Return the range of samples of a part.

        Args:
            start: Where it begins, in seconds; None is the beginning.
            end: Where it ends, in seconds; None or below zero is the end.

        Returns:
            The first sample and the one after the last. If the file does not state its
            length and ``end`` is None, the second is a very large number.

        Raises:
            UnusableSound: If the part lies outside the file.
        """
        start = start or 0.0
        _refuse_bounds(start, end)
        first = round(start * self.rate)
        last = _ENDLESS if self.frames is None else self.frames
        if end is not None and end >= 0:
            if end > last / self.rate + OVERSHOOT_SECONDS:
                raise self._outside(end)
            last = min(last, round(end * self.rate))
        if first >= last:
            raise self._empty(first)
        return first, last

    def blocks(self, first: int, last: int) -> Iterator[np.ndarray]:
        """Decode a range.

        Args:
            first: First sample.
            last: One after the last sample.

        Yields:
            Samples in float32, (T, C), T at least one, in order and without gaps.

        Raises:
            UnusableSound: If decoding fails, or ends before the range does.
        """
        self._go_to(first)
        while self._position < last:
            block = self._decode(last - self._position)
            if not len(block):
                self._refuse_short(last)
                return
            yield block

    def _refuse_header(self) -> None:
        if self._file.format == "RAW":
            raise UnusableSound(_WITHOUT_HEADER)
        if self._file.frames == 0:
            raise UnusableSound(f"no samples: the file ends after its header; {AGAIN}")
        refuse_rate(self._file.samplerate)

    def _go_to(self, first: int) -> None:
        if self.seeks and first != self._position:
            try:
                self._file.seek(first)
            except soundfile.LibsndfileError as error:
                raise _failure(self._path, error) from error
            self._position = first
        elif first < self._position:
            self._file.close()
            self._file = _open(self._path, self._patch)
            self._position = 0
        while self._position < first:
            if not len(self._decode(first - self._position)):
                if self.frames is not None:
                    self._refuse_short(first)
                raise self._empty(first)

    def _decode(self, wanted: int) -> np.ndarray:
        most = max(1, _BLOCK // self._file.channels)
        try:
            block = self._file.read(min(wanted, most), dtype="float32", always_2d=True)
        except soundfile.LibsndfileError as error:
            raise _failure(self._path, error) from error
        self._position += len(block)
        return block

    def _refuse_short(self, last: int) -> None:
        if self.frames is None:
            overshoot = last - self._position
            if last < _ENDLESS and overshoot > OVERSHOOT_SECONDS * self.rate:
                raise self._outside(last / self.rate)
        elif self._position < last * (_MP3_SLACK if self._file.format == "MP3" else 1):
            raise UnusableSound(
                f"truncated: the header states {self.frames} samples, only"
                f" {self._position} could be read; {AGAIN}"
            )

    def _seconds(self) -> str:
        frames = self._position if self.frames is None else self.frames
        return f"the file lasts {frames / self.rate:.3f} s; correct start and end"

    def _outside(self, end: float) -> UnusableSound:
        return UnusableSound(f"segment ends at {end:g} s, but {self._seconds()}")

    def _empty(self, first: int) -> UnusableSound:
        start = f"{first / self.rate:g}"
        return UnusableSound(
            f"segment from {start} s holds no samples: {self._seconds()}"
        )


def _refuse_bounds(start: float, end: float | None) -> None:
    """Refuse a part whose bounds are negative or not finite."""
    open_end = end is None or end < 0
    if not (start >= 0 and math.isfinite(start) and (open_end or math.isfinite(end))):
        raise UnusableSound(
            f"segment out of bounds: it goes from {start:g} s to {end} s; give"
            " seconds from 0 on"
        )


class _ForwardFile(soundfile.SoundFile):
    """A file that reports to soundfile that it cannot seek.

    Otherwise soundfile would seek to the current position after every read, which is
    slow in FLAC and fails in some codecs.
    """

    @property
    def seeks(self) -> bool:
        """Whether the codec seeks to the exact sample."""
        return super().seekable() and self.subtype not in _FORWARD_ONLY

    def seekable(self) -> bool:
        """Return False, also if the codec can seek."""
        return False


class _PatchedFile(io.FileIO):
    """A file in which a patch replaces some bytes when they are read."""

    def __init__(self, path: Path, patch: Patch):
        super().__init__(path)
        self._patch = patch

    def readinto(self, buffer: memoryview) -> int:
        """Read into a buffer and apply the patch."""
        start = self.tell()
        count = super().readinto(buffer) or 0
        for n, byte in enumerate(self._patch.content, self._patch.position - start):
            if 0 <= n < count:
                memoryview(buffer).cast("B")[n] = byte
        return count


def _open(path: Path, patch: Patch | None) -> _ForwardFile:
    try:
        return _ForwardFile(path if patch is None else _PatchedFile(path, patch))
    except OSError as error:
        raise unreadable(error) from error
    except soundfile.LibsndfileError as error:
        raise _failure(path, error) from error
    except TypeError as error:  # the name ends in .raw: soundfile asks for a rate
        raise UnusableSound(_WITHOUT_HEADER) from error


def _failure(path: Path, error: soundfile.LibsndfileError) -> UnusableSound:
    logging.debug("%s: %s", path, error)
    detail = error.error_string.strip().rstrip(".").removeprefix("Error : ")
    if error.code == _NO_SUCH_FILE:  # libsndfile's code for an mp3 without frames
        detail = "its header makes no sense"
    try:
        with path.open("rb") as file:
            head = file.read(512)
    except OSError as missing:
        return unreadable(missing)
    if head.startswith(_KNOWN_MAGIC):
        return UnusableSound(
            f"truncated or damaged: decoding failed ({detail}); {AGAIN}"
        )
    if _is_text(head):
        return UnusableSound("not a sound file: it holds plain text; name a sound file")
    return UnusableSound(
        f"not a sound file that can be read: {detail}; convert it to wav or flac"
    )


def _is_text(head: bytes) -> bool:
    try:
        # The last character may be cut in the middle: up to three bytes.
        text = head[:-3].decode("utf-8") if len(head) == 512 else head.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return all(character.isprintable() or character.isspace() for character in text)
