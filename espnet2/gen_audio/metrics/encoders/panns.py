"""Cnn14 of PANNs at 16 or 32 kHz, from its published weights: embedding and classes.

The embedding is the output of the last hidden layer (2048), class scores are the logits
of the 527 classes of AudioSet before the sigmoid. Batch normalisation is folded into
the convolutions when weights are read, which changes values by rounding only. A clip
below 32 frames (0.32 s) is padded with zeros.

Shapes: T samples, F frames, C channels.
Source: Kong et al., arXiv:1912.10211; layout of Cnn14 and Cnn14_16k in panns-inference
and audioset_tagging_cnn (MIT).
"""

from pathlib import Path

import numpy as np
import torch
from torch.nn.functional import avg_pool2d, conv2d, linear

from espnet2.gen_audio.feats.waveform import resample
from espnet2.gen_audio.metrics.encoders.embedder import clip_mean
from espnet2.gen_audio.metrics.encoders.encoding import Encoding, file_digest
from espnet2.gen_audio.metrics.encoders.given_weights import read_weights

CHANNELS = (1, 64, 128, 256, 512, 1024, 2048)
BANDS, WIDTH, CLASSES = 64, 2048, 527
POOLS = 32  # frames and bands that become one
LEAST_POWER = 1e-10
NORM = ("weight", "bias", "running_mean", "running_var")
MEL = "logmel_extractor.melW"


class PannsEncoder:
    """Cnn14 from a file of weights.

    Args:
        name: Name in the protocol.
        path: The file, for example Cnn14_16k_mAP=0.438.pth or Cnn14_mAP=0.431.pth.
        rate: Rate of the network, 16000 or 32000.
    """

    gives = ("embedding", "class_scores")

    def __init__(self, name: str, path: Path, rate: int):
        self.name = name
        self.rate = rate
        self.sha256 = file_digest(path)
        self._n_fft, self._hop = rate * 32 // 1000, rate // 100  # 32 ms, 10 ms
        shapes = shapes_of(self._n_fft)
        weights = read_weights(path, shapes, _unused())
        self._mel = weights[MEL]
        self._first = _affine(weights, "bn0")
        self._layers = [
            _folded(weights, f"conv_block{block}", number)
            for block in range(1, len(CHANNELS))
            for number in (1, 2)
        ]
        self._dense = [
            (weights[f"{layer}.weight"], weights[f"{layer}.bias"])
            for layer in ("fc1", "fc_audioset")
        ]

    def encode(self, wave: np.ndarray, rate: int) -> Encoding:
        """Encode samples (T,) at a rate in hertz."""
        with torch.inference_mode():
            hidden, logits = self._forward(resample(wave, rate, self.rate))
        return Encoding(clip_mean(hidden.numpy()), clip_mean(logits.numpy()))

    def _forward(self, wave: np.ndarray) -> tuple[torch.Tensor, torch.Tensor]:
        """Return embedding, (1, 2048), and logits, (1, 527)."""
        scale, shift = self._first
        image = (self._log_mel(wave) * scale + shift)[None, None]  # (1, 1, F, bands)
        image = image.to(memory_format=torch.channels_last)
        for number, (weight, bias) in enumerate(self._layers):
            image = conv2d(image, weight, bias, padding=1).relu_()
            if number % 2 and number < len(self._layers) - 1:
                image = avg_pool2d(image, 2)
        frames = image.mean(3)  # (1, C, F)
        pooled = frames.amax(2) + frames.mean(2)
        (weight, bias), (last, offset) = self._dense
        hidden = linear(pooled, weight, bias).relu_()
        return hidden, linear(hidden, last, offset)

    def _log_mel(self, wave: np.ndarray) -> torch.Tensor:
        """Return decibels of mel power, (F, bands)."""
        least = POOLS * self._hop
        padded = np.pad(wave, (0, max(0, least - len(wave)))).astype(np.float32)
        spectrum = torch.stft(
            torch.from_numpy(padded),
            self._n_fft,
            self._hop,
            window=torch.hann_window(self._n_fft),
            pad_mode="reflect",
            return_complex=True,
        )
        power = spectrum.abs().square().T @ self._mel
        return 10.0 * power.clamp_min(LEAST_POWER).log10()


def shapes_of(n_fft: int) -> dict[str, tuple[int, ...]]:
    """Return the shape of every tensor that the network needs.

    Args:
        n_fft: Samples of a window.

    Returns:
        Shapes by the names of the published file.
    """
    shapes: dict[str, tuple[int, ...]] = {MEL: (n_fft // 2 + 1, BANDS)}
    shapes |= {f"bn0.{name}": (BANDS,) for name in NORM}
    for block, (narrow, wide) in enumerate(zip(CHANNELS, CHANNELS[1:]), 1):
        for number, width in ((1, narrow), (2, wide)):
            shapes[f"conv_block{block}.conv{number}.weight"] = (wide, width, 3, 3)
            stem = f"conv_block{block}.bn{number}"
            shapes |= {f"{stem}.{name}": (wide,) for name in NORM}
    shapes |= {"fc1.weight": (WIDTH, WIDTH), "fc1.bias": (WIDTH,)}
    shapes |= {"fc_audioset.weight": (CLASSES, WIDTH), "fc_audioset.bias": (CLASSES,)}
    return shapes


def _unused() -> set[str]:
    """Return names of tensors that torch computes here, or that count batches."""
    stems = [f"conv_block{b}.bn{n}" for b in range(1, len(CHANNELS)) for n in (1, 2)]
    counted = {f"{stem}.num_batches_tracked" for stem in ["bn0", *stems]}
    sides = ("real", "imag")
    return counted | {f"spectrogram_extractor.stft.conv_{s}.weight" for s in sides}


def _affine(
    weights: dict[str, torch.Tensor], stem: str
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return scale and shift of a batch normalisation."""
    gain, bias, mean, variance = (weights[f"{stem}.{name}"].double() for name in NORM)
    scale = gain / (variance + 1e-5).sqrt()
    return scale.float(), (bias - mean * scale).float()


def _folded(
    weights: dict[str, torch.Tensor], block: str, number: int
) -> tuple[torch.Tensor, torch.Tensor]:
    scale, shift = _affine(weights, f"{block}.bn{number}")
    weight = weights[f"{block}.conv{number}.weight"] * scale[:, None, None, None]
    return weight.to(memory_format=torch.channels_last), shift
