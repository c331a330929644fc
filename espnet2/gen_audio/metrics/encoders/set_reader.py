"""Reads sets of sound files into encodings and levels, resumable, for a protocol.

Results are kept under a digest of the samples and of all that was done with them, in
parts of ``PART`` clips that are written as soon as they are computed: a run that was
killed goes on where it stopped, and a file that was changed is encoded again. What is
kept is read from there when a metric asks for it (``encoding_store``).
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch

from espnet2.gen_audio.feats.clip import ClipGeometry
from espnet2.gen_audio.feats.mel import LogMel
from espnet2.gen_audio.files.progress import progress
from espnet2.gen_audio.metrics.encoders.clip_features import ClipFeatures, read_clip
from espnet2.gen_audio.metrics.encoders.clip_form import ClipForm
from espnet2.gen_audio.metrics.encoders.encoding import Encoding
from espnet2.gen_audio.metrics.encoders.encoding_store import EncodingStore
from espnet2.gen_audio.metrics.encoders.set_encoder import (
    SetEncoder,
    batch_of,
    encode_all,
)
from espnet2.gen_audio.metrics.functional.signal_level import (
    clipped_fraction,
    dc_offset,
    loudness,
    silent_fraction,
)

PART = 256
LEVELS = ("loudness", "clipping", "silence", "dc_offset", "duration")
Item = TypeVar("Item")
Row = dict[str, np.ndarray]


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
        store: Folder of the results; without one they are held in memory.
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
        self.num_threads = num_threads
        form_items = sorted(form.to_dict().items())
        settings = (encoder.name, encoder.sha256, form_items, keeps_frames)
        self._settings = repr(settings).encode()
        self._kept = EncodingStore(store)

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
        return self._compute(wavs, self.wave, what)

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
        return self._compute(makers, lambda make: make(), what)

    @cached_property
    def _log_mel(self) -> LogMel:
        seconds = self.form.seconds or ClipGeometry.seconds
        rate = self.form.sample_rate
        return LogMel(ClipGeometry(seconds=seconds, sample_rate=rate))

    def _compute(
        self,
        clips: Mapping[str, Item],
        wave_of: Callable[[Item], np.ndarray],
        what: str,
    ) -> ClipFeatures:
        """Encode clips in parts, each stored before the next one begins."""
        items, keys = list(clips.values()), []
        parts = [items[n : n + PART] for n in range(0, len(items), PART)]

        def work(few: Sequence[Item]) -> list[tuple[str, Row | None]]:
            """Return digests and encodings of clips that are encoded at once."""
            return self._rows([wave_of(item) for item in few])

        with ThreadPoolExecutor(self.num_threads) as pool:
            done = (pool.map(work, _batches(part, self.encoder)) for part in parts)
            for found in progress(done, len(parts), f"score: {what}", unit="parts"):
                rows = [row for few in found for row in few]
                self._kept.add({key: row for key, row in rows if row is not None})
                keys += [key for key, _ in rows]
        return ClipFeatures(
            list(clips),
            self._kept.rows(keys, "embedding"),
            np.zeros((len(keys), 0)),
            keys,
            self._kept.rows(keys, "class_scores"),
            self._kept.rows(keys, "levels"),
            self._kept.frames(keys) if self.keeps_frames else None,
        )

    def _rows(self, waves: Sequence[np.ndarray]) -> list[tuple[str, Row | None]]:
        """Return the digest of each clip, and what is computed of it if it is new."""
        keys = [self._key(wave) for wave in waves]
        new = {key: w for key, w in zip(keys, waves) if key not in self._kept}
        prepared = [self.form.prepare(wave) for wave in new.values()]
        found = encode_all(self.encoder, prepared, self.form.sample_rate)
        rows = {
            key: self._row(wave, encoding)
            for (key, wave), encoding in zip(new.items(), found)
        }
        return [(key, rows.get(key)) for key in keys]

    def _key(self, wave: np.ndarray) -> str:
        digest = hashlib.sha256(self._settings)
        digest.update(np.ascontiguousarray(wave, dtype=np.float32).tobytes())
        return digest.hexdigest()

    def _row(self, wave: np.ndarray, encoding: Encoding) -> Row:
        levels = levels_of(wave, self.form.sample_rate)
        row = {"embedding": encoding.embedding, "levels": levels}
        if encoding.class_scores is not None:
            row["class_scores"] = encoding.class_scores
        if self.keeps_frames:
            own = encoding.frames
            row["frames"] = encoding.embedding[None] if own is None else own
        return row


def _batches(items: Sequence[Item], encoder: SetEncoder) -> list[Sequence[Item]]:
    size = batch_of(encoder)
    return [items[n : n + size] for n in range(0, len(items), size)]
