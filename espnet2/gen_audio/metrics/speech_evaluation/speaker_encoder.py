"""Speaker embeddings, and the cosine between the embeddings of two clips.

The weights are in the registry package ``resemblyzer`` (GE2E, 256 numbers), which is
used as a container only: its code imports a voice activity detector that has to be
compiled. Long silences are therefore not removed; clips are compared with clips of
equal length.

Shapes: T samples at 16 kHz, N windows of 160 frames, D = 256.
Source: Generalized end-to-end loss for speaker verification, arXiv:1710.10467;
github.com/resemble-ai/Resemblyzer.
"""

from collections.abc import Mapping
from functools import cached_property
from importlib import metadata

import numpy as np
import torch

from espnet2.gen_audio.files.tensor_file import load_tensors
from espnet2.gen_audio.metrics.encoders.packaged_weights import packaged_weights
from espnet2.gen_audio.metrics.speech_evaluation.recogniser import RATE

N_FFT, HOP, N_MELS = 400, 160, 40  # 25 ms, 10 ms
WINDOW, STEP = 160, 77  # frames; 1.3 windows a second
LEAST_COVERED = 0.75  # covered part of the last window, which is padded with zeros
LOUDNESS = 10 ** (-30 / 20)  # quiet clips are amplified to this root mean square


class SpeakerEncoder:
    """GE2E encoder: three LSTM layers, the last state of each window."""

    def __init__(self) -> None:
        path = packaged_weights("resemblyzer", "/pretrained.pt", "speaker similarity")
        self.version = metadata.version("resemblyzer")
        weights = load_tensors(path)["model_state"]
        self._lstm = torch.nn.LSTM(N_MELS, 256, 3, batch_first=True)
        self._linear = torch.nn.Linear(256, 256)
        for layer, name in ((self._lstm, "lstm."), (self._linear, "linear.")):
            own = {k.removeprefix(name): v for k, v in weights.items() if name in k}
            layer.load_state_dict(own)

    @torch.inference_mode()
    def __call__(self, wave: np.ndarray) -> np.ndarray:
        """Return the embedding of a clip, a unit vector.

        Args:
            wave: Samples, (T,).

        Returns:
            Mean over windows, (256,).
        """
        wave = np.asarray(wave, dtype=np.float32)
        loudness = np.sqrt(np.mean(np.square(wave)))
        if 0 < loudness < LOUDNESS:
            wave = wave * (LOUDNESS / loudness)
        starts = window_starts(len(wave))
        least = (starts[-1] + WINDOW) * HOP
        wave = np.pad(wave, (0, max(0, least - len(wave))))
        mel = self._mel(torch.from_numpy(wave)).T
        windows = torch.stack([mel[start : start + WINDOW] for start in starts])
        _, (state, _) = self._lstm(windows)
        each = torch.nn.functional.normalize(self._linear(state[-1]).relu())
        return torch.nn.functional.normalize(each.mean(0), dim=0).numpy()

    @cached_property
    def _mel(self) -> torch.nn.Module:
        from torchaudio.transforms import MelSpectrogram

        return MelSpectrogram(
            RATE,
            N_FFT,
            hop_length=HOP,
            n_mels=N_MELS,
            norm="slaney",
            mel_scale="slaney",
            pad_mode="constant",
        )


def window_starts(samples: int) -> list[int]:
    """Return the first frame of each window of a clip.

    Args:
        samples: Its length.

    Returns:
        One frame or more. A last window is left out if the clip covers less than three
        quarters of it.
    """
    frames = -(-(samples + 1) // HOP)  # rounded up
    starts = list(range(0, max(1, frames - WINDOW + STEP + 1), STEP))
    covered = (samples - starts[-1] * HOP) / (WINDOW * HOP)
    return starts[:-1] if len(starts) > 1 and covered < LEAST_COVERED else starts


def cosine(x: np.ndarray, y: np.ndarray) -> float:
    """Return the cosine of the angle between two embeddings, (D,) each."""
    return float(x @ y / (np.linalg.norm(x) * np.linalg.norm(y)))


def nearest_speaker(
    embedding: np.ndarray,
    recordings: Mapping[str, np.ndarray],
    speakers: Mapping[str, str],
    without: str,
) -> str:
    """Return the speaker whose recordings are nearest to a clip.

    Args:
        embedding: Embedding of the clip, (D,).
        recordings: Embedding of each recording.
        speakers: Speaker of each recording.
        without: Recording that is left out: the one with the transcript of the clip.

    Returns:
        The speaker. A speaker whose only recording is left out cannot be returned.
    """
    voices: dict[str, list[np.ndarray]] = {}
    for clip in recordings:
        if clip != without:
            voices.setdefault(speakers[clip], []).append(recordings[clip])
    likeness = {
        speaker: cosine(embedding, np.mean(rows, axis=0))
        for speaker, rows in sorted(voices.items())
    }
    return max(likeness, key=likeness.__getitem__)
