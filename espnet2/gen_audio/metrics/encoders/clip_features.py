"""Features of clips for all metrics, computed once for each distinct sound.

Each clip is preprocessed in the same way: mono, the geometry's rate, cut to the length
of a clip, mean removed, peak 0.5, padded with zeros. Recordings and generated clips
therefore do not differ in length or level. Spectra and their statistics are computed
from the padded clip, so that clips can be compared frame by frame; the embedding is
computed from the sound without the padding (``sound_end``). Results are cached on disk
under a digest of their input, so that changed files are computed again.
"""

import hashlib
import logging
import zipfile
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch

from espnet2.gen_audio.feats.clip import ClipGeometry
from espnet2.gen_audio.feats.crop import crop, is_audible, pad_end
from espnet2.gen_audio.feats.mel import LogMel
from espnet2.gen_audio.feats.waveform import normalise_peak, read_waveform
from espnet2.gen_audio.files.atomic_file import atomic_path
from espnet2.gen_audio.files.progress import progress
from espnet2.gen_audio.metrics.encoders.embedder import Embedder, clip_mean
from espnet2.gen_audio.metrics.encoders.encoding_store import StoredFrames
from espnet2.gen_audio.metrics.encoders.mel_statistics import (
    mel_statistics,
    statistics_size,
)
from espnet2.gen_audio.metrics.encoders.sound_end import (
    QUIET_DB,
    without_padding,
    without_quiet_end,
)
from espnet2.gen_audio.metrics.functional.vectors import Vectors, chosen

EMBEDDED = f"the sound of a clip, up to where it stays {QUIET_DB} dB below its peak"
Item = TypeVar("Item")


@dataclass(frozen=True)
class ClipFeatures:
    """Features of a set of clips, rows in the order of ``ids``.

    Those of the recipe are arrays; those of ``set_reader`` are read from files.

    Args:
        ids: Id of each clip, (N,).
        embedding: Mean embedding of each clip, (N, D1).
        statistics: Mel statistics of each clip, (N, D2).
        digests: Digest of the preprocessed clip; equal sounds have equal ones.
        class_scores: Logits of each clip, (N, C); None without a classifier.
        levels: Levels of each clip before it is levelled, (N, 5), see ``set_reader``;
            None where they are not measured.
        frames: Vectors of each clip before their mean, (frames, D1) each; None where
            only means are compared.
    """

    ids: list[str]
    embedding: Vectors
    statistics: np.ndarray
    digests: list[str]
    class_scores: Vectors | None = None
    levels: Vectors | None = None
    frames: Sequence[np.ndarray] | None = None

    @property
    def joint(self) -> np.ndarray:
        """The input of a classifier probe: both blocks concatenated, (N, D1 + D2)."""
        return np.hstack([self.embedding, self.statistics])

    def select(self, ids: list[str]) -> "ClipFeatures":
        """Return the rows of some ids, in their order.

        Args:
            ids: Ids among those of this set; an id may occur several times.

        Returns:
            The rows of these ids.
        """
        if ids == self.ids:
            return self  # a copy of a large set would be as large
        row_of = {clip: row for row, clip in enumerate(self.ids)}
        rows = [row_of[clip] for clip in ids]
        digests = [self.digests[row] for row in rows]
        more = [
            None if block is None else _chosen(block, rows)
            for block in (self.class_scores, self.levels)
        ]
        frames = self.frames
        if isinstance(frames, StoredFrames):
            frames = frames.select(rows)
        elif frames is not None:
            frames = [frames[row] for row in rows]
        own = _chosen(self.embedding, rows), self.statistics[rows]
        return ClipFeatures(list(ids), *own, digests, *more, frames)

    def vectors(self, groups: Sequence[str]) -> tuple[Vectors, list[str]]:
        """Return what distances of sets compare: frames where there are any, or means.

        Args:
            groups: Recording of each clip, (N,).

        Returns:
            Vectors, (M, D1), and the recording of each, (M,).
        """
        if self.frames is None:
            return self.embedding, list(groups)
        if isinstance(self.frames, StoredFrames):
            counts, rows = self.frames.counts, self.frames.rows
        else:
            counts, rows = map(len, self.frames), np.concatenate(self.frames)
        return rows, [g for g, own in zip(groups, counts) for _ in range(own)]

    def renamed(self, ids: list[str]) -> "ClipFeatures":
        """Return the rows under other ids, one id per row."""
        return replace(self, ids=list(ids))

    def join(self, other: "ClipFeatures") -> "ClipFeatures":
        """Return the rows of both sets; ids of the two must differ."""
        return ClipFeatures(
            self.ids + other.ids,
            np.vstack([self.embedding, other.embedding]),
            np.vstack([self.statistics, other.statistics]),
            self.digests + other.digests,
        )


def _chosen(block: Vectors, rows: Sequence[int]) -> Vectors:
    """Return some rows; of rows in files none is read."""
    if isinstance(block, np.ndarray):
        return block[rows]
    return chosen(block, np.asarray(rows))


def read_clip(path: Path, geometry: ClipGeometry) -> np.ndarray:
    """Read and preprocess a sound file as all metrics of sounds do.

    The result does not depend on zeros at the end of the file.

    Args:
        path: Sound file.
        geometry: Rate and length of a clip.

    Returns:
        Samples, (geometry.samples,); zeros where nothing is audible.

    Raises:
        ValueError: If the file is unusable; the message names it.
    """
    rate, full = geometry.sample_rate, geometry.samples
    wave = read_waveform(path, rate)
    try:
        wave = without_padding(crop(wave, full), full, rate)
        if not is_audible(wave):  # rounding noise must not be amplified to full level
            return np.zeros(full, dtype=np.float32)
        wave = normalise_peak(wave)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error
    return pad_end(wave, full)


class FeatureReader:
    """Reads sound files into features, with a store on disk.

    Args:
        embedder: The embedding.
        geometry: Rate, length and mel bands of a clip.
        store: File of the cache (``.npz``); features are not stored if None.
        num_threads: Number of clips computed in parallel.
        more_stores: Files of other jobs, whose features are known too.
    """

    def __init__(
        self,
        embedder: Embedder,
        geometry: ClipGeometry,
        store: Path | None = None,
        num_threads: int = 1,
        more_stores: Sequence[Path] = (),
    ):
        self.embedder = embedder
        self.geometry = geometry
        self.store = store
        self.num_threads = num_threads
        self._log_mel = LogMel(geometry)
        settings = (embedder.name, embedder.version, sorted(geometry.to_dict().items()))
        self._encoder = "/".join(map(str, (*settings, EMBEDDED)))
        self._known: dict[str, np.ndarray] = {}
        for path in (*more_stores, *([store] if store else [])):
            self._known |= _stored(path)
        self._used: set[str] = set()

    @property
    def blocks(self) -> tuple[int, int]:
        """Sizes of the two blocks of features."""
        return self.embedder.size, statistics_size(self.geometry.n_mels)

    def log_mel(self, paths: Sequence[Path]) -> torch.Tensor:
        """Return the log-mel spectrograms of files, (B, frames, n_mels)."""
        waves = np.stack([read_clip(path, self.geometry) for path in paths])
        return self._log_mel(torch.from_numpy(waves))

    def read(self, wavs: Mapping[str, Path], what: str) -> ClipFeatures:
        """Return the features of sound files.

        Args:
            wavs: Sound file of each clip.
            what: Name of the set for the log.

        Returns:
            Features in the order of ``wavs``.
        """
        return self._compute(wavs, self._read_one, what)

    def from_waveforms(
        self, waves: Mapping[str, np.ndarray], what: str
    ) -> ClipFeatures:
        """Return the features of waveforms that have clip level and length already."""
        return self._compute(waves, self._features, what)

    def save(self) -> None:
        """Write the features that this run used to the cache; drop all others."""
        if self.store is None or not self._used:
            return
        keys = sorted(self._used)
        with atomic_path(self.store) as path, zipfile.ZipFile(path, "w") as archive:
            with archive.open("keys.npy", "w") as file:
                np.lib.format.write_array(file, np.array(keys), allow_pickle=False)
            with archive.open("features.npy", "w", force_zip64=True) as file:
                # row by row: an array of all would be a second copy of every set
                shape = (len(keys), sum(self.blocks))
                form = {"descr": "<f8", "fortran_order": False, "shape": shape}
                np.lib.format.write_array_header_1_0(file, form)
                for key in keys:
                    file.write(np.ascontiguousarray(self._known[key], "<f8").tobytes())

    def _compute(
        self,
        clips: Mapping[str, Item],
        work: Callable[[Item], tuple[str, np.ndarray]],
        what: str,
    ) -> ClipFeatures:
        rows = np.empty((len(clips), sum(self.blocks)))
        digests = []
        # one torch thread per clip: the pool runs clips in parallel. It is given ids,
        # because it takes all of its input at once: waveforms are made when their turn
        # comes
        with ThreadPoolExecutor(self.num_threads) as pool:
            done = pool.map(lambda clip: work(clips[clip]), clips)
            found = progress(done, len(clips), f"score: {what}")
            for number, (key, row) in enumerate(found):
                rows[number] = row
                self._known[key] = rows[number]  # so that features are held once
                digests.append(key)
        size = self.embedder.size
        return ClipFeatures(list(clips), rows[:, :size], rows[:, size:], digests)

    def _read_one(self, path: Path) -> tuple[str, np.ndarray]:
        return self._features(read_clip(path, self.geometry))

    def _features(self, wave: np.ndarray) -> tuple[str, np.ndarray]:
        text = hashlib.sha256(self._encoder.encode())
        text.update(np.ascontiguousarray(wave, dtype=np.float32).tobytes())
        key = text.hexdigest()
        if key not in self._known:
            rate = self.geometry.sample_rate
            embedding = clip_mean(self.embedder(without_quiet_end(wave, rate), rate))
            log_mel = self._log_mel(torch.from_numpy(wave)[None])[0].numpy()
            self._known[key] = np.concatenate([embedding, mel_statistics(log_mel)])
        self._used.add(key)
        return key, self._known[key]


def _stored(path: Path) -> dict[str, np.ndarray]:
    """Return the features in a file, by digest; none without the file."""
    if not path.exists():
        return {}
    try:
        with np.load(path, allow_pickle=False) as saved:
            return dict(zip(saved["keys"].tolist(), saved["features"]))
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        # the features are computed again
        logging.warning("%s is not readable (%s); made again", path, error)
        return {}
