"""The encoder of Whisper, from a folder of transformers, as an embedding of sounds.

Its last hidden states over the clip, of the 30 s window without the silence behind the
clip, are the frames; their mean is the embedding. Longer clips are read window by
window.

Shapes: T samples at 16 kHz, N frames of 20 ms, D features.
Source: Radford et al., arXiv:2212.04356.
"""

from pathlib import Path

import numpy as np
import torch

from espnet2.gen_audio.feats.waveform import resample
from espnet2.gen_audio.metrics.encoders.embedder import clip_mean
from espnet2.gen_audio.metrics.encoders.encoding import Encoding, folder_digest

RATE, STRIDE = 16000, 320  # hertz, samples of a frame


class WhisperStatesEncoder:
    """The encoder of a Whisper.

    Args:
        name: Name in the protocol.
        path: Folder with config.json, preprocessor_config.json and safetensors.

    Raises:
        ValueError: If the folder has no Whisper.
    """

    gives = ("embedding",)

    def __init__(self, name: str, path: Path):
        from transformers import WhisperFeatureExtractor, WhisperModel

        self.name = name
        if not (path / "config.json").is_file():
            raise ValueError(f"{path} has no config.json; give the folder of a Whisper")
        self.sha256 = folder_digest(path)
        try:
            self._features = WhisperFeatureExtractor.from_pretrained(path)
            model = WhisperModel.from_pretrained(path, use_safetensors=True)
        except (OSError, ValueError) as error:
            reason = str(error).splitlines()[0]
            raise ValueError(f"{path} is no folder of a Whisper: {reason}") from error
        self._encoder = model.get_encoder().eval().requires_grad_(False)

    def encode(self, wave: np.ndarray, rate: int) -> Encoding:
        """Encode samples (T,) at a rate in hertz."""
        wave = resample(wave, rate, RATE)
        window = self._features.n_samples
        parts = [wave[n : n + window] for n in range(0, len(wave), window)]
        frames = np.concatenate([self._states(part) for part in parts])
        return Encoding(clip_mean(frames), None, frames)

    def _states(self, wave: np.ndarray) -> np.ndarray:
        """Return the states of one window, (N, D)."""
        given = self._features(wave, sampling_rate=RATE, return_tensors="pt")
        with torch.inference_mode():
            found = self._encoder(given.input_features).last_hidden_state[0]
        return found[: max(1, -(-len(wave) // STRIDE))].numpy()
