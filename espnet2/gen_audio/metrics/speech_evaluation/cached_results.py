"""Computes and caches the results of recognisers and other models for clips.

Each whole clip is preprocessed in one way: mono, 16 kHz, mean removed, peak 0.5.
Results are cached on disk under a digest of the preprocessed clip and of the model, so
that a second run is quick and changed files are processed again.
"""

import hashlib
import json
import logging
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from espnet2.gen_audio.feats.waveform import normalise_peak, read_waveform
from espnet2.gen_audio.files.atomic_file import write_json
from espnet2.gen_audio.files.progress import progress
from espnet2.gen_audio.metrics.speech_evaluation.recogniser import (
    CLOSED,
    RATE,
    Recogniser,
)

Result = TypeVar("Result")


def read_speech(path: Path) -> np.ndarray:
    """Read and preprocess a sound file as all metrics of speech do.

    Args:
        path: Sound file.

    Returns:
        Samples at 16 kHz, (T,).

    Raises:
        ValueError: If the file is unusable; the message names it.
    """
    wave = read_waveform(path, RATE)
    try:
        return normalise_peak(wave)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error


class SpeechReader:
    """Recognises and measures clips, with a store on disk.

    Args:
        recognisers: Recognisers by name; the recogniser ``closed`` gets the vocabulary.
        words: The closed vocabulary.
        store: File of the cache (JSON); results are not stored if None.
        more_stores: Further files of results that are read, for example those of jobs.
    """

    def __init__(
        self,
        recognisers: Mapping[str, Recogniser],
        words: Sequence[str] = (),
        store: Path | None = None,
        more_stores: Sequence[Path] = (),
    ):
        self.recognisers = recognisers
        self.words = list(words)
        self.store = store
        self._known: dict[str, Any] = {}
        for path in (*more_stores, *([store] if store else ())):
            self._known |= _read_store(path)
        self._used: set[str] = set()
        self._digests: dict[Path, str] = {}
        self._memory: dict[tuple[str, str], Any] = {}

    def texts(self, name: str, paths: Sequence[Path], what: str) -> list[str]:
        """Return the texts that one recogniser outputs for clips.

        Args:
            name: Name of the recogniser.
            paths: Sound files.
            what: Name of the clips for the log.

        Returns:
            Text of each clip.
        """
        recogniser = self.recognisers[name]
        words = self.words if name == CLOSED else []
        model = f"text/{recogniser.name}/{recogniser.version}/{' '.join(words)}"
        keys = [self._key(model, path) for path in paths]
        new = {key: path for key, path in zip(keys, paths) if key not in self._known}
        todo = list(new.items())
        starts = range(0, len(todo), recogniser.batch)
        for start in progress(starts, len(starts), f"{name}: {what}", unit="batches"):
            batch = todo[start : start + recogniser.batch]
            waves = [read_speech(path) for _, path in batch]
            for (key, _), text in zip(batch, recogniser(waves, words)):
                self._known[key] = text
        self._used.update(keys)
        return [self._known[key] for key in keys]

    def once(
        self, model: str, paths: Sequence[Path], work: Callable[[], Result]
    ) -> Result:
        """Return a model's result for some sounds, from the cache if it is there.

        Args:
            model: Name and version of the model.
            paths: The sounds, for example a clip and its recording.
            work: Function that computes the result, which must be JSON.

        Returns:
            The result.
        """
        key = self._key(model, *paths)
        if key not in self._known:
            self._known[key] = work()
        self._used.add(key)
        return self._known[key]

    def remember(
        self, model: str, path: Path, work: Callable[[np.ndarray], Result]
    ) -> Result:
        """Return a model's result for a sound, cached in memory only.

        Args:
            model: Name of the model.
            path: The sound.
            work: Function of the samples, (T,).

        Returns:
            The result.
        """
        key = (model, self._digest(path))
        if key not in self._memory:
            self._memory[key] = work(read_speech(path))
        return self._memory[key]

    def save(self) -> None:
        """Write the results that this run used to the cache; drop all others."""
        if self.store is not None and self._used:
            write_json(
                self.store, {key: self._known[key] for key in sorted(self._used)}
            )

    def _key(self, model: str, *paths: Path) -> str:
        digests = " ".join(self._digest(path) for path in paths)
        return hashlib.sha256(f"{model} {digests}".encode()).hexdigest()

    def _digest(self, path: Path) -> str:
        if path not in self._digests:
            content = read_speech(path).tobytes()
            self._digests[path] = hashlib.sha256(content).hexdigest()
        return self._digests[path]


def _read_store(store: Path) -> dict[str, Any]:
    if not store.exists():
        return {}
    try:
        return dict(json.loads(store.read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        # the results are computed again
        logging.warning("%s is not readable (%s); made again", store, error)
        return {}
