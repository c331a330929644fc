"""The log mel spectrogram of the VAE and the vocoder.

Magnitudes (not power) of the STFT with a Hann window, signal reflected at both ends so
that T = frames * hop; mel filters on Slaney's scale with unit area; natural logarithm,
magnitudes clamped at 1e-5; values are not normalised. The published sizes are the
defaults of ``ClipGeometry``: 16 kHz, window of 1024 samples, hop of 160, 64 bands from
0 to 8000 Hz.

Shapes: B clips, T samples, frames = T // hop, n_mels bands.
Source: AudioLDM 2, arXiv:2308.05734, and HiFi-GAN, arXiv:2010.05646.
"""

import math

import torch

from espnet2.gen_audio.feats.clip import ClipGeometry

LOG_FLOOR = 1e-5


class LogMel(torch.nn.Module):
    """Log mel spectrogram; its buffers are constants and not saved in checkpoints.

    Args:
        geometry: Rate, window, hop and bands.
    """

    def __init__(self, geometry: ClipGeometry):
        super().__init__()
        self.geometry = geometry
        window = torch.hann_window(geometry.n_fft)  # a periodic window
        self.register_buffer("window", window, persistent=False)
        self.register_buffer("bank", mel_filter_bank(geometry), persistent=False)

    def forward(self, audio: torch.Tensor) -> torch.Tensor:
        """Return the log mel spectrogram, in float32 or better also under autocast.

        Args:
            audio: Waveforms, (B, T), T at least ``n_fft``.

        Returns:
            Natural logarithm of the mel magnitudes, (B, T // hop, n_mels).

        Raises:
            ValueError: If the clips are not (B, T), or too short to reflect their ends.
        """
        geometry = self.geometry
        border = (geometry.n_fft - geometry.hop) // 2
        if audio.dim() != 2 or audio.shape[1] <= border:
            raise ValueError(
                f"log mel needs (B, T) with T above {border} samples, not"
                f" {tuple(audio.shape)}"
            )
        audio = audio.to(torch.promote_types(audio.dtype, torch.float32))
        with torch.autocast(audio.device.type, enabled=False):
            padded = torch.nn.functional.pad(
                audio[:, None], (border, border), mode="reflect"
            )[:, 0]
            spectrum = torch.stft(
                padded,
                geometry.n_fft,
                geometry.hop,
                window=self.window.to(audio.dtype),
                center=False,
                return_complex=True,
            )
            mel = self.bank.to(audio.dtype) @ spectrum.abs()  # (B, n_mels, frames)
            return mel.clamp(min=LOG_FLOOR).log().transpose(1, 2)


def mel_filter_bank(geometry: ClipGeometry) -> torch.Tensor:
    """Return the triangles of Slaney's mel scale, each of unit area.

    Args:
        geometry: Rate, ``n_fft``, ``n_mels``, ``mel_low`` and ``mel_high``.

    Returns:
        Weights of the frequency bins, (n_mels, n_fft // 2 + 1).
    """
    # the device is explicit: after transformers has loaded a model, linspace may ignore
    # torch's default device
    exact = {"dtype": torch.float64, "device": "cpu"}
    low, high = _hertz_to_mel(
        torch.tensor([geometry.mel_low, geometry.mel_high], **exact)
    )
    steps = torch.linspace(0, 1, geometry.n_mels + 2, **exact)
    corners = _mel_to_hertz(low + (high - low) * steps)
    bins = torch.linspace(0, geometry.sample_rate / 2, geometry.n_fft // 2 + 1, **exact)
    left, centre, right = (corners[i : i + geometry.n_mels, None] for i in range(3))
    rising = (bins - left) / (centre - left)
    falling = (right - bins) / (right - centre)
    triangles = torch.minimum(rising, falling).clamp(min=0)
    return (triangles * 2 / (right - left)).float()


# Slaney's scale (Auditory Toolbox, 1998): linear to 1000 Hz, logarithmic above.
_LINEAR_STEP = 200.0 / 3
_BREAK_HERTZ = 1000.0
_BREAK_MEL = _BREAK_HERTZ / _LINEAR_STEP
_LOG_STEP = math.log(6.4) / 27


def _hertz_to_mel(hertz: torch.Tensor) -> torch.Tensor:
    above = hertz.clamp(min=_BREAK_HERTZ)
    logarithmic = _BREAK_MEL + (above / _BREAK_HERTZ).log() / _LOG_STEP
    return torch.where(hertz < _BREAK_HERTZ, hertz / _LINEAR_STEP, logarithmic)


def _mel_to_hertz(mel: torch.Tensor) -> torch.Tensor:
    above = mel.clamp(min=_BREAK_MEL)
    exponential = _BREAK_HERTZ * ((above - _BREAK_MEL) * _LOG_STEP).exp()
    return torch.where(mel < _BREAK_MEL, mel * _LINEAR_STEP, exponential)
