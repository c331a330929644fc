"""Read a sound file, or say in plain words why it cannot be used.

libsndfile reads what it finds: a truncated wav or Ogg file becomes a shorter sound
without any error. Here the container is compared with what it promises first, so
that a file that lost its end is refused instead of learnt from. What is written
is whole or absent.

Shapes: T samples of C channels.
"""

import io
import logging
from pathlib import Path
from typing import BinaryIO

import numpy as np
import soundfile

from espnet2.gen_audio.files.atomic_file import atomic_path

OVERSHOOT_SECONDS = 0.1  # a segment may end this much after its file: rounding
_UNKNOWN_SIZE = 0x7FFF0000  # sizes from here on mean 'unknown' (written to a pipe)
# where seeking is not exact to the sample; it is in Opus
_SEQUENTIAL = ("VORBIS", "MPEG_LAYER_I", "MPEG_LAYER_II", "MPEG_LAYER_III")
_MP3_SLACK = 0.9  # an mp3 without a length table only estimates its length
_BYTE_ORDER = {b"RIFF": "little", b"RIFX": "big", b"FORM": "big"}
_SOUND_CHUNKS = (b"data", b"SSND")


class UnusableSound(ValueError):
    """A sound file that cannot be used; the message is the reason."""


def read_sound(
    path: str | Path, start: float | None = None, end: float | None = None
) -> tuple[np.ndarray, int]:
    """Read a file, or a part of it, without changing rate or channels.

    Args:
        path: Anything that libsndfile reads: wav, flac, ogg, opus, mp3, aiff.
        start: Where the part begins, in seconds; None is the beginning.
        end: Where the part ends, in seconds; None or below zero is the end.

    Returns:
        The samples in float32, (T, C), and their rate.

    Raises:
        UnusableSound: If the file is missing, empty, truncated, damaged or no sound
            file, if it holds no samples or numbers that are not finite, or if the
            part lies outside the file.
    """
    path = Path(path)
    _refuse_bad_container(path)
    try:
        with soundfile.SoundFile(path) as file:
            first, last = _frame_range(file, start, end)
            sound = _read_frames(file, first, last)
            rate = file.samplerate
    except soundfile.LibsndfileError as error:
        raise UnusableSound(_reason(path, error)) from error
    if not np.isfinite(sound).all():
        raise UnusableSound("holds numbers that are not finite (NaN or infinity)")
    return sound, rate


def _frame_range(
    file: soundfile.SoundFile, start: float | None, end: float | None
) -> tuple[int, int]:
    if file.frames == 0:
        raise UnusableSound("no samples: the file ends after its header")
    seconds = file.frames / file.samplerate
    first = round((start or 0.0) * file.samplerate)
    last = file.frames
    if end is not None and end >= 0:
        if end > seconds + OVERSHOOT_SECONDS:
            raise UnusableSound(
                f"segment ends at {end:g} s, but the file lasts {seconds:.3f} s"
            )
        last = min(last, round(end * file.samplerate))
    if first >= last:
        raise UnusableSound(
            f"segment from {start or 0:g} s holds no samples: the file lasts"
            f" {seconds:.3f} s"
        )
    return first, last


def _read_frames(file: soundfile.SoundFile, first: int, last: int) -> np.ndarray:
    skip = first
    if file.subtype not in _SEQUENTIAL:
        file.seek(first)
        skip = 0
    sound = file.read(last - first + skip, dtype="float32", always_2d=True)
    wanted = last - first + skip
    least = wanted * _MP3_SLACK if file.format == "MP3" else wanted
    if len(sound) < least:
        raise UnusableSound(
            f"truncated: the header promises {file.frames} samples, only"
            f" {first - skip + len(sound)} could be read"
        )
    return sound[skip:]


def _refuse_bad_container(path: Path) -> None:
    if not path.is_file():
        raise UnusableSound("the file does not exist")
    size = path.stat().st_size
    if size == 0:
        raise UnusableSound("empty file (0 bytes)")
    with path.open("rb") as file:
        magic = file.read(4)
        if magic in _BYTE_ORDER:
            _refuse_cut_chunks(file, _BYTE_ORDER[magic], size)
        elif magic == b"OggS":
            _refuse_cut_ogg(file, size)


def _refuse_cut_chunks(file: BinaryIO, order: str, size: int) -> None:
    """Compare the size of the sound chunk with what is left of the file."""
    position = 12
    while position + 8 <= size:
        file.seek(position)
        name, length = file.read(4), int.from_bytes(file.read(4), order)
        left = size - position - 8
        if name in _SOUND_CHUNKS:
            if left < length < _UNKNOWN_SIZE:
                raise UnusableSound(
                    f"truncated: the header promises {length} bytes of sound, the"
                    f" file holds {left}"
                )
            return
        position += 8 + length + length % 2
    raise UnusableSound("truncated: the file ends before its sound begins")


def _refuse_cut_ogg(file: BinaryIO, size: int) -> None:
    """Look for a whole last page that carries the end-of-stream mark (RFC 3533)."""
    start = max(0, size - 2 * 65307)  # the longest page has 65307 bytes
    file.seek(start)
    tail = file.read()
    page = tail.rfind(b"OggS\0")
    header = tail[page : page + 27]
    if page >= 0 and len(header) == 27:
        segments = tail[page + 27 : page + 27 + header[26]]
        length = 27 + header[26] + sum(segments)
        whole = len(segments) == header[26] and page + length <= len(tail)
        if whole and header[5] & 4:
            return
    raise UnusableSound("truncated: the Ogg stream stops before its end mark")


def _reason(path: Path, error: Exception) -> str:
    logging.debug("%s: %s", path, error)
    detail = str(error).rpartition(": ")[2].strip().rstrip(".")
    with path.open("rb") as file:
        head = file.read(512)
    if head[:4] in (*_BYTE_ORDER, b"OggS", b"fLaC"):
        return f"truncated or damaged: decoding failed ({detail})"
    if _is_text(head):
        return "not a sound file: it holds plain text"
    return f"not a sound file that can be read ({detail})"


def _is_text(head: bytes) -> bool:
    try:
        # The last character may be cut in the middle: up to three bytes.
        text = head[:-3].decode("utf-8") if len(head) == 512 else head.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return all(character.isprintable() or character.isspace() for character in text)


def write_sound(path: Path, wave: np.ndarray, sample_rate: int) -> None:
    """Write 16-bit audio; a wave that would clip is lowered, and the log says so.

    A sample that was read from 16 bits is written back unchanged.

    Args:
        path: Ends in .wav or .flac.
        wave: Samples, (T,).
        sample_rate: In Hz.

    Raises:
        RuntimeError: If a sample is not finite.
    """
    peak = float(np.abs(wave).max())
    if not np.isfinite(peak):
        raise RuntimeError(
            f"{path}: the waveform is not finite; lower the guidance scale"
        )
    if peak > 1.0:
        logging.warning("%s: peak %.2f lowered to 1 to fit 16 bits", path.name, peak)
        wave = wave / peak
    # libsndfile reads by 32768 and writes by 32767: its own way loses the last bit
    pcm = np.clip(np.rint(np.asarray(wave, np.float64) * 32768), -32768, 32767)
    store_sound(path, pcm.astype(np.int16), sample_rate)


def store_sound(path: Path, samples: np.ndarray, sample_rate: int) -> None:
    """Write 16-bit audio as it is, the whole file or none.

    Args:
        path: Its ending names the format.
        samples: 16-bit numbers, or others within -1 to 1, (T,).
        sample_rate: In Hz.

    Raises:
        OSError: If the file cannot be written; on a full disk it says so, where
            libsndfile, writing by itself, says 'System error'.
    """
    content = io.BytesIO()
    form = path.suffix.removeprefix(".")
    soundfile.write(content, samples, sample_rate, "PCM_16", format=form)
    with atomic_path(path, flush=False) as temporary:
        temporary.write_bytes(content.getvalue())
