"""From waveform to spectrum and back, in the frames of ``LogMel``.

Shapes: B clips, T frames, N = n_fft / 2 + 1 bins, S = T x hop samples.
Source: the least squares inverse of the STFT is the overlap-add of windowed frames,
divided by the energy of the windows, Griffin and Lim, IEEE TASSP 32(2), 1984, eq. 6.
"""

import math

import torch
from torch.nn.functional import fold, pad

from espnet2.gen_audio.feats.clip import ClipGeometry
from espnet2.gen_audio.feats.mel import mel_filter_bank

TINY = 1e-8


class STFTFrames(torch.nn.Module):
    """STFT without centring, with borders reflected as in ``LogMel``.

    ``torch.istft`` refuses such frames, because the window is zero at the outermost
    samples. Here these samples are removed with the borders.

    Args:
        geometry: Window and hop.
    """

    def __init__(self, geometry: ClipGeometry):
        super().__init__()
        self.n_fft = geometry.n_fft
        self.hop = geometry.hop
        self.border = (geometry.n_fft - geometry.hop) // 2
        window = torch.hann_window(geometry.n_fft)
        self.register_buffer("window", window, persistent=False)

    def analyse(self, wave: torch.Tensor) -> torch.Tensor:
        """Return the spectrum of a waveform.

        Args:
            wave: (B, S).

        Returns:
            Complex spectrum, (B, N, T).
        """
        padded = pad(wave[:, None], (self.border, self.border), mode="reflect")[:, 0]
        return torch.stft(
            padded,
            self.n_fft,
            self.hop,
            window=self.window,
            center=False,
            return_complex=True,
        )

    def synthesise(self, spectrum: torch.Tensor) -> torch.Tensor:
        """Return the waveform whose spectrum is nearest to the given one.

        Args:
            spectrum: Complex spectrum, (B, N, T).

        Returns:
            Waveform, (B, S).
        """
        frames = torch.fft.irfft(spectrum, n=self.n_fft, dim=1)
        window = self.window[None, :, None]
        energy = window.square().expand(1, -1, spectrum.shape[2])
        wave = self._overlap_add(frames * window) / self._overlap_add(energy)
        return wave.contiguous()

    def phase_advance(self, frames: int) -> torch.Tensor:
        """Return how a tone at the centre of each bin turns from frame to frame.

        Args:
            frames: Number of frames T.

        Returns:
            Complex numbers of magnitude 1, which are 1 in the first frame, (T, N).
        """
        device = self.window.device
        frame = torch.arange(frames, device=device)[:, None]
        bins = torch.arange(self.n_fft // 2 + 1, device=device)
        # whole numbers, so that the phase is exact in late frames as well
        turned = (frame * bins * self.hop).remainder(self.n_fft)
        angle = turned * (2.0 * math.pi / self.n_fft)
        return torch.polar(torch.ones_like(angle), angle)

    def _overlap_add(self, frames: torch.Tensor) -> torch.Tensor:
        samples = (frames.shape[2] - 1) * self.hop + self.n_fft
        wave = fold(frames, (1, samples), (1, self.n_fft), stride=(1, self.hop))
        # remove LogMel's reflected borders, which include the zeros of the window
        return wave[:, 0, 0, self.border : samples - self.border]


def spread_bands(geometry: ClipGeometry) -> torch.Tensor:
    """Return the matrix that estimates the magnitude of each bin from mel magnitudes.

    A mel magnitude divided by the sum of its filter is the mean magnitude of the band.
    A bin has the average of the means of its bands, weighted by their filters, so that
    a flat spectrum is estimated exactly. A bin outside all bands (the bin at 0 Hz, or
    bins above ``mel_high``) has the weights of the nearest bin inside a band.

    Args:
        geometry: Rate, window and bands.

    Returns:
        Weights of the mel magnitudes, (N, n_mels).
    """
    bank = mel_filter_bank(geometry)
    spread = bank.t()
    inside = (spread.sum(dim=1) > 0).nonzero()[:, 0]
    bins = torch.arange(len(spread), device=spread.device)
    nearest = inside[(bins[:, None] - inside[None]).abs().argmin(dim=1)]
    spread = spread[nearest]
    # a filter that is narrower than a bin may contain none
    sums = bank.sum(dim=1).clamp(min=TINY)
    return spread / spread.sum(dim=1, keepdim=True) / sums
