"""Encodings of clips in files of a few hundred rows, found by a digest of the clip.

One file is one array of records: the digest of a clip, its embedding, and class scores
and levels where there are any. Frames, of which clips have different numbers, are in a
second file beside it. Rows are read when they are asked for, from files that are mapped
for that long only, so that memory does not grow with the number of clips.

Shapes: N clips, F frames of all clips, D features.
"""

import hashlib
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from espnet2.gen_audio.files.atomic_file import atomic_path

ROW_BITS = 32  # of a place: the number of its row; the number of its file is above them
KEY, ENDS, FRAMES = "key", "frame_ends", "frames"
Shard = Path | np.ndarray


@dataclass(frozen=True)
class StoredRows:
    """Rows of one field of stored records; an array when all are asked for.

    Args:
        shards: Files of records, or the records themselves.
        places: File and row of each row, (N,), see ``ROW_BITS``.
        field: Name of the field; empty if a file has the rows themselves.
        size: Size D of a row.
    """

    shards: Sequence[Shard]
    places: np.ndarray
    field: str
    size: int

    @property
    def shape(self) -> tuple[int, int]:
        """Number of rows and size of a row."""
        return len(self.places), self.size

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.places)

    def __getitem__(self, rows: Any) -> np.ndarray:
        """Return one row, (D,), or the rows of a slice or of an array, (n, D)."""
        picked = self.places[rows]
        places = np.atleast_1d(picked)
        files, numbers = places >> ROW_BITS, places & ((1 << ROW_BITS) - 1)
        found = np.empty((len(places), self.size))
        for file in np.unique(files):
            here = files == file
            found[here] = _content(self.shards[file], self.field)[numbers[here]]
        return found if np.ndim(picked) else found[0]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        """Return all rows as one array, (N, D)."""
        return np.asarray(self[:], dtype=dtype)


class StoredFrames(Sequence[np.ndarray]):
    """Frames of clips, (frames, D) each.

    Args:
        rows: Frames of all clips, one clip after the other.
        counts: Number of frames of each clip, (N,).
    """

    def __init__(self, rows: StoredRows, counts: np.ndarray):
        self.rows = rows
        self.counts = counts
        self._ends = np.cumsum(counts)

    def __len__(self) -> int:
        """Return the number of clips."""
        return len(self.counts)

    def __getitem__(self, clip: Any) -> np.ndarray:
        """Return the frames of one clip."""
        end = self._ends[clip]
        return self.rows[end - self.counts[clip] : end]

    def select(self, clips: Sequence[int]) -> "StoredFrames":
        """Return the frames of some clips, in their order."""
        starts = self._ends - self.counts
        chosen = [np.arange(starts[clip], self._ends[clip]) for clip in clips]
        places = self.rows.places[np.concatenate(chosen)]
        rows = StoredRows(self.rows.shards, places, self.rows.field, self.rows.size)
        return StoredFrames(rows, self.counts[np.asarray(clips)])


class EncodingStore:
    """Keeps encodings by the digest of their clip.

    Args:
        folder: Folder of the files; without one, rows are held in memory.
    """

    def __init__(self, folder: Path | None = None):
        self.folder = folder
        self._shards: list[Shard] = []
        self._frames: list[Shard] = []
        self._places: dict[str, int] = {}
        for path in sorted(folder.glob("*.records.npy")) if folder else ():
            try:
                self._enter(path, _frames_beside(path))
            except (OSError, ValueError, KeyError) as error:
                # nothing is lost but time
                logging.warning("%s is not readable (%s); made anew", path, error)

    def __contains__(self, key: str) -> bool:
        """Return whether the encodings of a clip are kept."""
        return key in self._places

    def add(self, rows: Mapping[str, Mapping[str, np.ndarray]]) -> None:
        """Keep the encodings of some clips in one file.

        Args:
            rows: Embedding and other numbers of each clip, by its digest; the same
                names and sizes for all of them.
        """
        if not rows:
            return
        records, frames = _as_records(rows)
        if self.folder is None:
            self._enter(records, frames)
            return
        # jobs may meet equal sounds, so all keys name the file
        name = hashlib.sha256("".join(rows).encode()).hexdigest()[:16]
        path = self.folder / f"{name}.records.npy"
        if frames is not None:  # first: the records say that both are there
            _write(_frames_beside(path), frames)
        _write(path, records)
        self._enter(path, _frames_beside(path))

    def rows(self, keys: Sequence[str], field: str) -> StoredRows | None:
        """Return one kind of number of some clips.

        Args:
            keys: Digests of clips that are kept, at least one.
            field: For example ``embedding``.

        Returns:
            Rows in the order of the keys; None where the clips have none.
        """
        places = self._placed(keys)
        kind = _content(self._shards[places[0] >> ROW_BITS]).dtype
        if field not in kind.names:
            return None
        return StoredRows(self._shards, places, field, kind[field].shape[0])

    def frames(self, keys: Sequence[str]) -> StoredFrames:
        """Return the frames of some clips, kept beside their means.

        Args:
            keys: Digests of clips that are kept, at least one.

        Returns:
            Frames in the order of the keys.
        """
        spans = StoredRows(self._shards, self._placed(keys), ENDS, 2)[:].astype(
            np.int64
        )
        files = self._placed(keys) >> ROW_BITS
        places = [
            (file << ROW_BITS) + np.arange(*span) for file, span in zip(files, spans)
        ]
        size = _content(self._frames[files[0]]).shape[1]
        rows = StoredRows(self._frames, np.concatenate(places), "", size)
        return StoredFrames(rows, spans[:, 1] - spans[:, 0])

    def _placed(self, keys: Sequence[str]) -> np.ndarray:
        return np.array([self._places[key] for key in keys], dtype=np.int64)

    def _enter(self, shard: Shard, frames: Shard | None) -> None:
        keys = _content(shard, KEY)
        if ENDS in _content(shard).dtype.names:
            _content(frames)  # raises where the frames are not there
        first = len(self._shards) << ROW_BITS
        self._shards.append(shard)
        self._frames.append(frames)
        for row, key in enumerate(keys.tolist()):
            self._places[key.decode()] = first + row


def _content(shard: Shard, field: str = "") -> np.ndarray:
    """Return the records of a file, mapped for as long as the result lives."""
    if isinstance(shard, Path):
        shard = np.load(shard, mmap_mode="r", allow_pickle=False)
    return shard[field] if field else shard


def _frames_beside(path: Path) -> Path:
    return path.with_name(path.name.replace(".records.", f".{FRAMES}."))


def _write(path: Path, rows: np.ndarray) -> None:
    with atomic_path(path) as new, new.open("wb") as file:
        np.save(file, rows, allow_pickle=False)


def _as_records(
    rows: Mapping[str, Mapping[str, np.ndarray]],
) -> tuple[np.ndarray, np.ndarray | None]:
    """Return records of the rows, and the frames of all of them, if there are any."""
    first = next(iter(rows.values()))
    names = [name for name in first if name != FRAMES]
    kinds: list[tuple] = [(KEY, f"S{len(next(iter(rows)))}")]
    kinds += [(name, "<f8", np.shape(first[name])) for name in names]
    frames = None
    if FRAMES in first:
        kinds.append((ENDS, "<f8", (2,)))
        frames = np.concatenate([row[FRAMES] for row in rows.values()])
    records = np.zeros(len(rows), dtype=kinds)
    records[KEY] = [key.encode() for key in rows]
    for name in names:
        records[name] = np.stack([row[name] for row in rows.values()])
    if frames is not None:
        ends = np.cumsum([len(row[FRAMES]) for row in rows.values()])
        records[ENDS] = np.stack([np.append(0, ends[:-1]), ends], axis=1)
    return records, frames
