"""VGGish, the encoder of the first papers on FAD, from the weights of torchvggish.

Each 0.96 s of a clip, without overlap, becomes a vector of 128 numbers. As in
frechet-audio-distance and audioldm_eval, the last activation and the principal
components of YouTube-8M are left out. A clip below 0.975 s is padded with zeros to one
window; torchvggish has no result for it.

Shapes: T samples at 16 kHz, N windows.
Source: Hershey et al., ICASSP 2017; the network has the layout of torchvggish
(Apache-2.0), whose vggish-10086976.pth it reads.
"""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
import torch

from espnet2.gen_audio.feats.waveform import resample
from espnet2.gen_audio.metrics.encoders.embedder import clip_mean
from espnet2.gen_audio.metrics.encoders.encoding import Encoding, file_digest
from espnet2.gen_audio.metrics.encoders.given_weights import read_weights

RATE = 16000
WINDOW, HOP, N_FFT = 400, 160, 512  # samples
BANDS, LOWEST, HIGHEST, OFFSET = 64, 125.0, 7500.0, 0.01
FRAMES = 96  # of a window of 0.96 s
DENSE_WINDOWS = 80  # that pass the dense layers at once, always
WIDTHS = ((64,), (128,), (256, 256), (512, 512))  # of the convolutions between pools


class Vggish(torch.nn.Module):
    """The network; names of its tensors are those of torchvggish."""

    def __init__(self) -> None:
        super().__init__()
        layers: list[torch.nn.Module] = []
        width = 1
        for block in WIDTHS:
            for wider in block:
                layers += [torch.nn.Conv2d(width, wider, 3, padding=1)]
                layers += [torch.nn.ReLU(inplace=True)]
                width = wider
            layers.append(torch.nn.MaxPool2d(2, 2))
        self.features = torch.nn.Sequential(*layers)
        flat = width * (FRAMES // 16) * (BANDS // 16)
        self.embeddings = torch.nn.Sequential(
            torch.nn.Linear(flat, 4096),
            torch.nn.ReLU(inplace=True),
            torch.nn.Linear(4096, 4096),
            torch.nn.ReLU(inplace=True),
            torch.nn.Linear(4096, 128),
        )

    def forward(self, log_mels: Sequence[torch.Tensor]) -> torch.Tensor:
        """Return the vectors of the windows of several clips.

        The dense layers have 67 million weights, and most of their time is spent on
        reading them: they take ``DENSE_WINDOWS`` windows at once. It is always this
        number, with zeros behind the last ones, because the rounding of a vector may
        depend on how many are computed with it.

        Args:
            log_mels: Log-mel spectrograms of each clip, (N, 96, 64).

        Returns:
            One vector per window, clips one after the other, (sum of N, 128).
        """
        # TensorFlow's order: channels last
        flat = torch.cat(
            [
                self.features(windows[:, None]).permute(0, 2, 3, 1).flatten(1)
                for windows in log_mels
            ]
        )  # (sum of N, 6 * 4 * 512)
        count = len(flat)
        flat = torch.nn.functional.pad(flat, (0, 0, 0, -count % DENSE_WINDOWS))
        blocks = flat.split(DENSE_WINDOWS)
        return torch.cat([self.embeddings(block) for block in blocks])[:count]


class VggishEncoder:
    """VGGish from a file of weights.

    Args:
        name: Name in the protocol.
        path: The file, for example vggish-10086976.pth.
    """

    gives = ("embedding",)
    batch = 16

    def __init__(self, name: str, path: Path):
        self.name = name
        self.sha256 = file_digest(path)
        with torch.device("meta"):
            self._network = Vggish()
        shapes = {k: tuple(v.shape) for k, v in self._network.state_dict().items()}
        weights = read_weights(path, shapes)
        self._network.load_state_dict(weights, assign=True)
        self._network.eval().requires_grad_(False)
        self._network.features.to(memory_format=torch.channels_last)

    def encode(self, wave: np.ndarray, rate: int) -> Encoding:
        """Encode samples (T,) at a rate in hertz."""
        return self.encode_many([wave], rate)[0]

    def encode_many(self, waves: Sequence[np.ndarray], rate: int) -> list[Encoding]:
        """Encode clips, (T,) each, at a rate in hertz; each as it is alone."""
        log_mels = [windows_of(resample(wave, rate, RATE)) for wave in waves]
        with torch.inference_mode():
            vectors = self._network(log_mels)
        each = vectors.split([len(windows) for windows in log_mels])
        frames = [one.numpy() for one in each]
        return [Encoding(clip_mean(one), None, one) for one in frames]


def windows_of(wave: np.ndarray) -> torch.Tensor:
    """Return the log-mel spectrograms of all windows of 0.96 s, (N, 96, 64).

    Args:
        wave: Samples at 16 kHz, (T,).

    Returns:
        Spectrograms in float32; frames of an unfinished window are left out.
    """
    least = WINDOW + (FRAMES - 1) * HOP
    padded = np.pad(wave, (0, max(0, least - len(wave)))).astype(np.float64)
    frames = torch.from_numpy(padded).unfold(0, WINDOW, HOP)
    window = torch.hann_window(WINDOW, dtype=torch.float64)
    magnitude = torch.fft.rfft(frames * window, N_FFT).abs()
    log_mel = torch.log(magnitude @ _mel_weights() + OFFSET)
    whole = len(log_mel) // FRAMES
    return log_mel[: whole * FRAMES].reshape(whole, FRAMES, BANDS).float()


@cache
def _mel_weights() -> torch.Tensor:
    """Return triangles that are linear on HTK's mel scale, (N_FFT / 2 + 1, 64)."""

    def mel(hertz: np.ndarray) -> np.ndarray:
        """Return HTK's mels."""
        return 1127.0 * np.log(1.0 + hertz / 700.0)

    bins = mel(np.linspace(0.0, RATE / 2, N_FFT // 2 + 1))[:, None]
    edges = np.linspace(*mel(np.array([LOWEST, HIGHEST])), BANDS + 2)
    low, centre, high = edges[:-2], edges[1:-1], edges[2:]
    rising, falling = (bins - low) / (centre - low), (high - bins) / (high - centre)
    weights = np.maximum(0.0, np.minimum(rising, falling))
    weights[0] = 0.0  # HTK leaves the DC bin out
    return torch.from_numpy(weights)
