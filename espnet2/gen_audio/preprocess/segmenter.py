"""Cut recordings that are longer than a clip into clips, a stated hop apart.

Segments have the id of the recording and their beginning in milliseconds,
``<id>-00010240``; all columns of a data folder are those of the recording. What a
recording has behind its last segment is left out if it is shorter than the least
length, and listed. A recording that gives one segment keeps its id and is not cut.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from espnet2.gen_audio.feats.sound_limits import UnusableSound
from espnet2.gen_audio.feats.sound_parts import Span
from espnet2.gen_audio.feats.sound_reader import SoundReader
from espnet2.gen_audio.kaldi.data_dir import DataFolder
from espnet2.gen_audio.recipe.rejects import Reject

_ROUNDING = 1e-6  # seconds: times are written to a microsecond


@dataclass(frozen=True)
class Segmenter:
    """Where the segments of a recording begin and end.

    Args:
        seconds: Length of a segment.
        hop: From the beginning of one segment to that of the next.
        least: Shortest last segment.

    Raises:
        ValueError: If a length is not above zero.
    """

    seconds: float
    hop: float
    least: float = 1.0

    def __post_init__(self) -> None:
        """Check the values."""
        if not (0 < self.least <= self.seconds and self.hop > 0):
            raise ValueError(
                f"segments of {self.seconds} s every {self.hop} s, the last of at "
                f"least {self.least} s: lengths must be above 0, and the last one at "
                "most a segment"
            )

    def spans(self, start: float, end: float) -> list[tuple[float, float]]:
        """Return the segments of a part of a file.

        Args:
            start: Where it begins, in seconds.
            end: Where it ends.

        Returns:
            Beginning and end of each segment; at least one.
        """
        spans, count = [(start, min(start + self.seconds, end))], 1
        while spans[-1][1] < end - _ROUNDING:
            begin = start + count * self.hop
            if end - begin < self.least - _ROUNDING:
                break
            spans.append((begin, min(begin + self.seconds, end)))
            count += 1
        return spans


def cut(
    folder: DataFolder, places: dict[str, tuple[str, Span]], segmenter: Segmenter
) -> tuple[DataFolder, list[Reject]]:
    """Cut utterances of a data folder.

    Args:
        folder: The whole folder.
        places: File and span of each utterance that is to be cut.
        segmenter: Says where.

    Returns:
        A folder of segments, keyed by recording, and what is too short for one.

    Raises:
        ValueError: If a long utterance has a transcript, or a segment would have the id
            of another utterance.
    """
    files: dict[str, dict[str, str]] = {"wav.scp": {}, "segments": {}}
    columns = {n: r for n, r in folder.files.items() if n not in files}
    columns["utt2recording"] = folder.column("utt2recording")
    rejects, taken = [], set(folder.utterances)
    for key, (path, span) in places.items():
        spans, rest = _spans_of(path, span, segmenter)
        names = _names(key, spans, folder, taken)
        files["wav.scp"][key] = path
        for name, (start, end) in zip(names, spans):
            files["segments"][name] = f"{key} {start:.6f} {end:.6f}"
            for column, rows in columns.items():
                value = rows.get(key, key if column == "utt2recording" else None)
                if value is not None:
                    files.setdefault(column, {})[name] = value
        if rest > 0:
            rejects.append(_rest(f"{key}-rest", path, rest, segmenter))
    logging.info(
        "%d recordings give %d clips; %d have a rest that is too short for one",
        len(places),
        len(files["segments"]),
        len(rejects),
    )
    return DataFolder(files), rejects


def _spans_of(
    path: str | Path, span: Span, segmenter: Segmenter
) -> tuple[list[tuple[float, float]], float]:
    """Return the segments of a part of a file, and the seconds behind the last."""
    whole = [(span[0] or 0.0, -1.0 if span[1] is None else span[1])]
    try:
        with SoundReader(path) as reader:
            first, last = reader.range_of(*span)
            if reader.frames is None:  # the length is known after decoding
                return whole, 0.0
            start, end = first / reader.rate, last / reader.rate
    except UnusableSound:
        return whole, 0.0  # the reader reports the error
    spans = segmenter.spans(start, end)
    if len(spans) == 1:
        return whole, 0.0
    rest = end - spans[-1][1]
    return spans, rest if rest > _ROUNDING else 0.0


def _names(
    key: str, spans: Sequence[Span], folder: DataFolder, taken: set[str]
) -> list[str]:
    """Return the ids of the segments of an utterance."""
    if len(spans) == 1:
        return [key]
    if folder.column("transcript").get(key):
        raise ValueError(
            f"{key} has a transcript and gives {len(spans)} segments, but its words "
            "are of the whole; cut it with start and end in the table, or give "
            "--segment_hop 0"
        )
    names = [f"{key}-{round(start * 1000):08d}" for start, _ in spans]
    known = taken.intersection(names)
    if known:
        raise ValueError(
            f"a segment of {key} would have the id {min(known)}, which another clip "
            "has; rename that one"
        )
    return names


def _rest(name: str, path: str, seconds: float, segmenter: Segmenter) -> Reject:
    return Reject(
        name,
        path,
        f"rest too short: {seconds:.2f} s behind the last segment; at least "
        f"{segmenter.least:g} s is accepted",
    )
