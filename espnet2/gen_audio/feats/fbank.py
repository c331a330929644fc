"""Kaldi's filter bank in batches, the input of AudioMAE.

Shapes: B clips, T samples, F frames (100 per second), bins. Source: AudioMAE,
arXiv:2207.06405, which calls ``torchaudio.compliance.kaldi.fbank`` with a Hann
window, 128 bins and no dither; mean and standard deviation are AudioSet's.

Note: a clip of 10.24 s has 1022 whole windows. The two missing frames are padded with
zeros *before* the normalisation, which makes them +0.467 after it.
"""

import math

import torch

from espnet2.gen_audio.feats.clip import FBANK_RATE, ClipGeometry

RATE = 16000  # AudioMAE's own rate, in hertz
AUDIOSET_MEAN = -4.2677393
AUDIOSET_STD = 4.5689974
_WINDOW = RATE // 40  # 25 ms
_HOP = RATE // FBANK_RATE
_N_FFT = 512
_LOWEST_HERTZ = 20.0
_PRE_EMPHASIS = 0.97
_SMALLEST = torch.finfo(torch.float32).eps  # Kaldi's floor of a power


class AudioMAEFbank(torch.nn.Module):
    """Normalised filter bank; its buffers are constants, not saved in checkpoints.

    Args:
        geometry: Rate of the clips, frames and bins of the result.
        mean: Mean over AudioSet of the unnormalised values.
        std: Standard deviation over AudioSet.
    """

    def __init__(
        self,
        geometry: ClipGeometry,
        mean: float = AUDIOSET_MEAN,
        std: float = AUDIOSET_STD,
    ):
        super().__init__()
        self.geometry = geometry
        self.mean = mean
        self.std = std
        window = torch.hann_window(_WINDOW, periodic=False)
        self.register_buffer("window", window, persistent=False)
        bank = kaldi_filter_bank(geometry.fbank_bins)
        self.register_buffer("bank", bank, persistent=False)

    def forward(self, audio: torch.Tensor) -> torch.Tensor:
        """Return the filter bank, in float32 or better also under autocast.

        Args:
            audio: Waveforms at the geometry's rate, (B, T).

        Returns:
            Normalised logarithms of the powers, (B, fbank_frames, fbank_bins).

        Raises:
            ValueError: If the clips are not (B, T) or shorter than one window.
        """
        audio = audio.to(torch.promote_types(audio.dtype, torch.float32))
        with torch.autocast(audio.device.type, enabled=False):
            audio = self._at_own_rate(audio)
            if audio.dim() != 2 or audio.shape[1] < _WINDOW:
                raise ValueError(
                    f"filter bank needs (B, T) with at least {_WINDOW} samples at"
                    f" {RATE} Hz, not {tuple(audio.shape)}"
                )
            log_power = self._log_power(audio)[:, : self.geometry.fbank_frames]
            missing = self.geometry.fbank_frames - log_power.shape[1]
            padded = torch.nn.functional.pad(log_power, (0, 0, 0, missing))
            return (padded - self.mean) / (2 * self.std)

    def _at_own_rate(self, audio: torch.Tensor) -> torch.Tensor:
        if self.geometry.sample_rate == RATE:
            return audio
        from torchaudio.functional import resample

        return resample(audio, self.geometry.sample_rate, RATE)

    def _log_power(self, audio: torch.Tensor) -> torch.Tensor:
        audio = audio - audio.mean(dim=1, keepdim=True)
        frames = audio.unfold(1, _WINDOW, _HOP)  # (B, F, window)
        frames = frames - frames.mean(dim=2, keepdim=True)
        before = torch.cat([frames[..., :1], frames[..., :-1]], dim=2)
        frames = (frames - _PRE_EMPHASIS * before) * self.window.to(audio.dtype)
        power = torch.fft.rfft(frames, _N_FFT).abs().square()
        return (power @ self.bank.to(audio.dtype).T).clamp(min=_SMALLEST).log()


def kaldi_filter_bank(bins: int) -> torch.Tensor:
    """Return Kaldi's triangular filters, whose sides are linear in mel, not in hertz.

    Args:
        bins: Number of triangles between 20 Hz and half the rate.

    Returns:
        Weights of the frequency bins, (bins, 257); the last bin is unused.
    """
    low, high = (1127 * math.log1p(f / 700) for f in (_LOWEST_HERTZ, RATE / 2))
    # the device is explicit: after transformers has loaded a model, one of the two
    # functions may ignore torch's default device
    exact = {"dtype": torch.float64, "device": "cpu"}
    corners = torch.linspace(low, high, bins + 2, **exact)
    hertz = torch.arange(_N_FFT // 2, **exact) * RATE / _N_FFT
    mel = 1127 * torch.log1p(hertz / 700)
    left, centre, right = (corners[i : i + bins, None] for i in range(3))
    rising = (mel - left) / (centre - left)
    falling = (right - mel) / (right - centre)
    triangles = torch.minimum(rising, falling).clamp(min=0)
    return torch.nn.functional.pad(triangles, (0, 1)).float()
