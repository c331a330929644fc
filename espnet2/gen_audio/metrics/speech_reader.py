"""What is measured of single clips of speech, each sound once.

Every clip is heard whole: mono, 16 kHz, level (mean removed, peak 0.5). Results lie on
disk under a digest of what was heard and of who measured it, so a second run is quick
and a file that changes is never mistaken. A measure whose package is missing is left
out, with the reason.
"""

import hashlib
import json
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from espnet2.gen_audio.feats.waveform import normalise_peak, read_waveform
from espnet2.gen_audio.files.atomic_file import write_json
from espnet2.gen_audio.files.progress import progress
from espnet2.gen_audio.metrics.mel_cepstral import (
    LOG_F0_RMSE,
    MCD,
    SpeechFrames,
    speech_distance,
    speech_frames,
)
from espnet2.gen_audio.metrics.predicted_mos import PREDICTORS
from espnet2.gen_audio.metrics.recogniser import RATE, Recogniser
from espnet2.gen_audio.metrics.speaker_similarity import (
    SIMILARITY,
    SpeakerEncoder,
    cosine,
)

Left = dict[str, str]  # what is left out -> why


def hear_speech(path: Path) -> np.ndarray:
    """Read a sound file as all measures of speech hear it.

    Args:
        path: Sound file.

    Returns:
        Samples at 16 kHz, (T,).

    Raises:
        ValueError: If the file is unusable; the message names it.
    """
    try:
        return normalise_peak(read_waveform(path, RATE))
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error


class SpeechReader:
    """Measures clips, with a store on disk.

    Args:
        recognisers: Name of each way of recognising, and who does it.
        words: Words that the way ``closed`` may write.
        store: File of the store (JSON); not kept when absent.
        sounds: Whether quality, voice and spectra are measured too, and not only
            words.
    """

    def __init__(
        self,
        recognisers: Mapping[str, Recogniser],
        words: Sequence[str] = (),
        store: Path | None = None,
        sounds: bool = True,
    ):
        self.recognisers = recognisers
        self.words = list(words)
        self.store = store
        self.left_out: Left = {}
        self.predictors: dict[str, Any] = {}
        self.encoder: SpeakerEncoder | None = None
        self.spectra = sounds
        if sounds:
            self._open_measures()
        self._known = self._read_store()
        self._used: set[str] = set()
        self._digests: dict[Path, str] = {}
        self._memory: dict[tuple[str, str], Any] = {}

    def _open_measures(self) -> None:
        for key, predictor in PREDICTORS.items():
            try:
                self.predictors[key] = predictor()
            except RuntimeError as error:
                self.left_out[key] = str(error)
        try:
            self.encoder = SpeakerEncoder()
        except RuntimeError as error:
            self.left_out[SIMILARITY.key] = str(error)
        try:
            speech_frames(np.zeros(RATE // 10), RATE)
        except RuntimeError as error:
            self.spectra = False
            self.left_out[MCD.key] = self.left_out[LOG_F0_RMSE.key] = str(error)

    def texts(self, way: str, paths: Sequence[Path], what: str) -> list[str]:
        """Return what one recogniser hears in clips.

        Args:
            way: Name of the way of recognising.
            paths: Sound files.
            what: Name of the clips for the log.

        Returns:
            Text of each clip.
        """
        recogniser = self.recognisers[way]
        words = self.words if way == "closed" else []
        door = f"text/{recogniser.name}/{recogniser.version}/{' '.join(words)}"
        keys = [self._key(door, path) for path in paths]
        new = dict(
            (key, path) for key, path in zip(keys, paths) if key not in self._known
        )
        todo = list(new.items())
        starts = range(0, len(todo), recogniser.batch)
        for start in progress(starts, len(starts), f"{way}: {what}", unit="batches"):
            batch = todo[start : start + recogniser.batch]
            waves = [hear_speech(path) for _, path in batch]
            for (key, _), text in zip(batch, recogniser(waves, words)):
                self._known[key] = text
        self._used.update(keys)
        return [self._known[key] for key in keys]

    def opinions(self, path: Path) -> dict[str, float]:
        """Return the predicted opinions on a clip."""
        return {
            key: self._once(
                f"{key}/{predictor.version}",
                [path],
                lambda: round(predictor(hear_speech(path)), 5),
            )
            for key, predictor in self.predictors.items()
        }

    def similarity(self, path: Path, reference: Path) -> dict[str, float]:
        """Return how alike two voices are; empty without an encoder."""
        if self.encoder is None:
            return {}
        return {
            SIMILARITY.key: self._once(
                f"similarity/{self.encoder.version}",
                [path, reference],
                lambda: round(cosine(self.voice(path), self.voice(reference)), 6),
            )
        }

    def voice(self, path: Path) -> np.ndarray:
        """Return the speaker embedding of a clip, (256,).

        Args:
            path: Sound file.

        Returns:
            The embedding, kept while the command runs.

        Raises:
            RuntimeError: If there is no encoder.
        """
        if self.encoder is None:
            raise RuntimeError(self.left_out[SIMILARITY.key])
        return self._remember("voice", path, self.encoder)

    def distances(self, path: Path, reference: Path) -> dict[str, float | None]:
        """Return how far a clip is from its recording.

        Args:
            path: Sound file of the clip.
            reference: That of the recording.

        Returns:
            Distortion and F0 error; the latter is None without frames voiced in both.
        """
        if not self.spectra:
            return {}
        return self._once(
            "distance/3", [path, reference], lambda: self._distances(path, reference)
        )

    def _distances(self, path: Path, reference: Path) -> dict[str, float | None]:
        frames: list[SpeechFrames] = [
            self._remember("frames", one, lambda wave: speech_frames(wave, RATE))
            for one in (path, reference)
        ]
        found = asdict(speech_distance(*frames))
        return {k: round(v, 5) if np.isfinite(v) else None for k, v in found.items()}

    def save(self) -> None:
        """Write what was used to the store; what no longer is used is dropped."""
        if self.store is not None and self._used:
            write_json(
                self.store, {key: self._known[key] for key in sorted(self._used)}
            )

    def _remember(
        self, name: str, path: Path, work: Callable[[np.ndarray], Any]
    ) -> Any:
        key = (name, self._digest(path))
        if key not in self._memory:
            self._memory[key] = work(hear_speech(path))
        return self._memory[key]

    def _once(self, door: str, paths: list[Path], work: Callable[[], Any]) -> Any:
        key = self._key(door, *paths)
        if key not in self._known:
            self._known[key] = work()
        self._used.add(key)
        return self._known[key]

    def _key(self, door: str, *paths: Path) -> str:
        digests = " ".join(self._digest(path) for path in paths)
        return hashlib.sha256(f"{door} {digests}".encode()).hexdigest()

    def _digest(self, path: Path) -> str:
        if path not in self._digests:
            content = hear_speech(path).tobytes()
            self._digests[path] = hashlib.sha256(content).hexdigest()
        return self._digests[path]

    def _read_store(self) -> dict[str, Any]:
        if self.store is None or not self.store.exists():
            return {}
        try:
            return dict(json.loads(self.store.read_text(encoding="utf-8")))
        except (OSError, ValueError) as error:
            # nothing is lost but time
            logging.warning("%s is not readable (%s); made anew", self.store, error)
            return {}
