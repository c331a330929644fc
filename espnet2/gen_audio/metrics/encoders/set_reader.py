"""Reads sets of sound files into encodings and levels, resumable, for a protocol.

Results are kept under a digest of the samples and of all that was done with them, in
parts of ``PART`` clips that are written as soon as they are computed: a run that was
killed goes on where it stopped, and a file that was changed is encoded again.
"""

import hashlib
import logging
import zipfile
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch

from espnet2.gen_audio.feats.clip import ClipGeometry
from espnet2.gen_audio.feats.mel import LogMel
from espnet2.gen_audio.files.atomic_file import atomic_path
from espnet2.gen_audio.files.progress import progress
from espnet2.gen_audio.metrics.encoders.clip_features import ClipFeatures, read_clip
from espnet2.gen_audio.metrics.encoders.clip_form import ClipForm
from espnet2.gen_audio.metrics.encoders.set_encoder import SetEncoder
from espnet2.gen_audio.metrics.functional.signal_level import (
    clipped_fraction,
    dc_offset,
    loudness,
    silent_fraction,
)

PART = 256
LEVELS = ("loudness", "clipping", "silence", "dc_offset", "duration")
Item = TypeVar("Item")


def levels_of(wave: np.ndarray, rate: int) -> np.ndarray:
    """Return LUFS, clipped and silent fraction, DC offset and seconds of a clip.

    Args:
        wave: Samples, (T,), at least one.
        rate: Samples per second.

    Returns:
        Numbers in the order of ``LEVELS``, (5,).
    """
    return np.array(
        [
            loudness(wave, rate),
            clipped_fraction(wave),
            silent_fraction(wave, rate),
            dc_offset(wave),
            len(wave) / rate,
        ]
    )


class SetReader:
    """Reads the sets of one evaluation for one encoder.

    Args:
        encoder: The encoder.
        form: Rate, length and level of a clip.
        store: Folder of the results; nothing is kept when absent.
        num_threads: Clips worked on at once.
        keeps_frames: Whether the frames of an embedding are kept beside their mean.
    """

    def __init__(
        self,
        encoder: SetEncoder,
        form: ClipForm,
        store: Path | None = None,
        num_threads: int = 1,
        keeps_frames: bool = False,
    ):
        self.encoder = encoder
        self.keeps_frames = keeps_frames
        self.form = form
        self.store = store
        self.num_threads = num_threads
        form_items = sorted(form.to_dict().items())
        settings = (encoder.name, encoder.sha256, form_items, keeps_frames)
        self._settings = repr(settings).encode()
        self._known = self._read_store()

    def wave(self, path: Path) -> np.ndarray:
        """Return the samples of a file at the protocol's rate, (T,), level as it is."""
        return self.form.read(path)

    def log_mel(self, paths: Sequence[Path]) -> torch.Tensor:
        """Return log-mels of files in the recipe's form, (B, frames, n_mels)."""
        waves = np.stack([read_clip(path, self._log_mel.geometry) for path in paths])
        return self._log_mel(torch.from_numpy(waves))

    def read(self, wavs: Mapping[str, Path], what: str) -> ClipFeatures:
        """Return the features of sound files.

        Args:
            wavs: Sound file of each clip.
            what: Name of the set for the log.

        Returns:
            Features in the order of ``wavs``.
        """
        return self._compute(wavs, lambda path: self._row(self.wave(path)), what)

    def computed(
        self, makers: Mapping[str, Callable[[], np.ndarray]], what: str
    ) -> ClipFeatures:
        """Return the features of clips that are made one at a time.

        Args:
            makers: Returns the samples of each clip at the protocol's rate.
            what: Name of the set for the log.

        Returns:
            Features in the order of ``makers``.
        """
        return self._compute(makers, lambda make: self._row(make()), what)

    @cached_property
    def _log_mel(self) -> LogMel:
        seconds = self.form.seconds or ClipGeometry.seconds
        rate = self.form.sample_rate
        return LogMel(ClipGeometry(seconds=seconds, sample_rate=rate))

    def _compute(
        self,
        clips: Mapping[str, Item],
        work: Callable[[Item], tuple[str, dict[str, np.ndarray]]],
        what: str,
    ) -> ClipFeatures:
        """Encode clips in parts, each stored before the next one begins."""
        items, found = list(clips.values()), []
        parts = [items[n : n + PART] for n in range(0, len(items), PART)]
        with ThreadPoolExecutor(self.num_threads) as pool:
            done = (pool.map(work, part) for part in parts)
            for rows in progress(done, len(parts), f"score: {what}", unit="parts"):
                found += self._keep(list(rows))
        names = ("embedding", "class_scores", "levels")
        block = {
            name: np.stack([row[name] for _, row in found])
            for name in names
            if name in found[0][1]
        }
        for row, (key, known) in enumerate(found):
            # rows of the block in the place of their own copies: held once
            self._known[key] = known | {name: block[name][row] for name in block}
        return ClipFeatures(
            list(clips),
            block["embedding"],
            np.zeros((len(found), 0)),
            [key for key, _ in found],
            block.get("class_scores"),
            block.get("levels"),
            [row["frames"] for _, row in found] if self.keeps_frames else None,
        )

    def _row(self, wave: np.ndarray) -> tuple[str, dict[str, np.ndarray]]:
        """Return the digest of a clip, and what is known or computed of it."""
        digest = hashlib.sha256(self._settings)
        digest.update(np.ascontiguousarray(wave, dtype=np.float32).tobytes())
        key = digest.hexdigest()
        if key in self._known:
            return key, self._known[key]
        rate = self.form.sample_rate
        encoding = self.encoder.encode(self.form.prepare(wave), rate)
        row = {"embedding": encoding.embedding, "levels": levels_of(wave, rate)}
        if encoding.class_scores is not None:
            row["class_scores"] = encoding.class_scores
        if self.keeps_frames:
            own = encoding.frames
            row["frames"] = encoding.embedding[None] if own is None else own
        return key, row

    def _keep(
        self, rows: list[tuple[str, dict[str, np.ndarray]]]
    ) -> list[tuple[str, dict[str, np.ndarray]]]:
        """Store the rows that are new, in one file, and return all of them."""
        new = {key: row for key, row in rows if key not in self._known}
        self._known.update(new)
        if new and self.store is not None:
            self.store.mkdir(parents=True, exist_ok=True)
            names = list(next(iter(new.values())))
            blocks = {n: _joined(n, [row[n] for row in new.values()]) for n in names}
            if "frames" in names:
                blocks["frame_counts"] = [len(row["frames"]) for row in new.values()]
            # jobs may meet equal sounds, so all keys name the file
            name = hashlib.sha256("".join(new).encode()).hexdigest()[:16]
            with atomic_path(self.store / f"{name}.npz") as path:
                with path.open("wb") as file:
                    np.savez(file, keys=np.array(list(new)), **blocks)
        return rows

    def _read_store(self) -> dict[str, dict[str, np.ndarray]]:
        known: dict[str, dict[str, np.ndarray]] = {}
        for path in sorted(self.store.glob("*.npz")) if self.store else []:
            try:
                with np.load(path, allow_pickle=False) as saved:
                    blocks = {name: saved[name] for name in saved.files}
                keys = blocks.pop("keys").tolist()
                if "frames" in blocks:
                    ends = np.cumsum(blocks.pop("frame_counts"))[:-1]
                    blocks["frames"] = np.split(blocks["frames"], ends)
            except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
                # nothing is lost but time
                logging.warning("%s is not readable (%s); made anew", path, error)
                continue
            for row, key in enumerate(keys):
                known[key] = {name: block[row] for name, block in blocks.items()}
        return known


def _joined(name: str, rows: list[np.ndarray]) -> np.ndarray:
    """Return rows as one array; clips have different numbers of frames."""
    return np.concatenate(rows) if name == "frames" else np.stack(rows)
