"""Read parts of a sound file as one channel each, and decode the file once if possible.

Shapes: T samples. If a codec seeks to the exact sample (wav, flac, opus), parts are
read one after another. If it does not (Vorbis, mp3), the file is decoded from its start
once for all parts. Parts may overlap. At most ``MOST_SAMPLES`` samples of unfinished
parts are in memory at a time; further parts are read in another pass.
"""

import heapq
import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np

from espnet2.gen_audio.feats.mono import MonoMixer
from espnet2.gen_audio.feats.sound_limits import (
    AGAIN,
    MOST_SAMPLES,
    UnusableSound,
    refuse_length,
    refuse_levels,
)
from espnet2.gen_audio.feats.sound_reader import SoundReader

Span = tuple[float | None, float | None]


class MonoSound(NamedTuple):
    """One channel of a sound.

    Args:
        wave: Samples in float32, (T,).
        rate: Samples per second.
    """

    wave: np.ndarray
    rate: int


def read_part(
    path: str | Path,
    start: float | None = None,
    end: float | None = None,
    channel: int | None = None,
) -> MonoSound:
    """Read a file, or a part of it, as one channel at its own rate.

    Args:
        path: Sound file in any format that libsndfile reads: wav, flac, ogg, opus, mp3,
            aiff.
        start: Where the part begins, in seconds; None is the beginning.
        end: Where the part ends, in seconds; None or below zero is the end.
        channel: Channel to keep, from 0; None is the mean of all.

    Returns:
        The sound.

    Raises:
        UnusableSound: If the file or the part cannot be used; the message says why.
        ValueError: If the channel does not exist.
    """
    ((_, result),) = read_parts(path, {"": (start, end)}, channel)
    if isinstance(result, UnusableSound):
        raise result
    return result


def read_parts(
    path: str | Path, spans: Mapping[str, Span], channel: int | None = None
) -> Iterator[tuple[str, MonoSound | UnusableSound]]:
    """Read parts of a file.

    Args:
        path: Sound file.
        spans: Start and end of each part in seconds, by name; None as in ``read_part``.
        channel: Channel to keep, from 0; None is the mean of all.

    Yields:
        Every name once, with the sound of its part or the error.
    """
    try:
        reader = SoundReader(path)
    except UnusableSound as error:
        yield from ((name, error) for name in spans)
        return
    with reader:
        parts = []
        for name, span in spans.items():
            try:
                parts.append(_Part(name, *reader.range_of(*span), MonoMixer(channel)))
            except UnusableSound as error:
                yield name, error
        if not reader.seeks:
            parts.sort(key=lambda part: part.first)
        while parts:
            chosen = parts[:1] if reader.seeks else _fitting(parts)
            taken = set(chosen)
            parts = [part for part in parts if part not in taken]
            yield from _one_pass(reader, chosen)


@dataclass(eq=False)
class _Part:
    name: str
    first: int
    last: int
    mixer: MonoMixer
    pieces: list[np.ndarray] = field(default_factory=list)
    held: int = 0

    def take(self, block: np.ndarray, position: int, rate: int) -> None:
        """Keep those samples of a block that belong to the part."""
        piece = block[max(0, self.first - position) : self.last - position]
        refuse_levels(piece, max(position, self.first))
        self.held += len(piece)
        refuse_length(self.held, rate)
        mono = self.mixer.mix(piece)
        # a slice would keep the whole block in memory
        self.pieces.append(mono if mono.base is None else mono.copy())

    def finish(self, rate: int) -> MonoSound:
        """Return the sound of the part and release its memory."""
        pieces, self.pieces = self.pieces, []  # so that the samples are in memory once
        self.mixer.refuse_cancelled()
        wave = pieces[0] if len(pieces) == 1 else np.concatenate(pieces)
        return MonoSound(wave, rate)


def _fitting(parts: list[_Part]) -> list[_Part]:
    """Choose parts, sorted by start, that fit in memory together."""
    chosen: list[_Part] = []
    unfinished: list[tuple[int, int]] = []  # end and length, the earliest end first
    held = 0
    for part in parts:
        while unfinished and unfinished[0][0] <= part.first:
            held -= heapq.heappop(unfinished)[1]
        length = min(part.last - part.first, MOST_SAMPLES)
        if not chosen or held + length <= MOST_SAMPLES:
            chosen.append(part)
            heapq.heappush(unfinished, (part.last, length))
            held += length
    return chosen


def _one_pass(
    reader: SoundReader, parts: list[_Part]
) -> Iterator[tuple[str, MonoSound | UnusableSound]]:
    """Decode the range that the parts cover; they are sorted by start."""
    position = parts[0].first
    try:
        for block in reader.blocks(position, max(part.last for part in parts)):
            end = position + len(block)
            begun = list(itertools.takewhile(lambda part: part.first < end, parts))
            for part in begun:
                result = _fed(part, block, position, reader.rate)
                if result is not None:
                    parts.remove(part)
                    yield part.name, result
            position = end
            if not parts:
                return
    except UnusableSound as error:
        yield from ((part.name, error) for part in parts)
        return
    for part in parts:  # parts that end a little after the file
        yield part.name, _finished(part, reader.rate)


def _fed(
    part: _Part, block: np.ndarray, position: int, rate: int
) -> MonoSound | UnusableSound | None:
    try:
        part.take(block, position, rate)
    except UnusableSound as error:
        return error
    return _finished(part, rate) if part.last <= position + len(block) else None


def _finished(part: _Part, rate: int) -> MonoSound | UnusableSound:
    try:
        if not part.held:
            raise UnusableSound(
                f"no samples: the file ends {part.first / rate:g} s after its header,"
                f" or before; {AGAIN}"
            )
        return part.finish(rate)
    except UnusableSound as error:
        return error
