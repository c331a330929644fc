"""From waveform to spectrum and back, in the frames of ``LogMel``.

Shapes: B clips, T frames, N = n_fft / 2 + 1 bins, S = T x hop samples.
Source: the least squares inverse of the STFT is the overlap-add of windowed frames,
divided by the energy of the windows, Griffin and Lim, IEEE TASSP 32(2), 1984, eq. 6;
non-negative magnitudes of mel bands by Richardson-Lucy updates, Lucy, Astronomical
Journal 79, 1974.
"""

import math

import torch
from torch.nn.functional import conv_transpose1d, fold, pad

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
        turn = _phase_advance(geometry.n_fft, geometry.hop)
        self.register_buffer("turn", turn, persistent=False)

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
        wave = self._overlap_add(frames * self.window[:, None])
        ones = wave.new_ones(1, 1, spectrum.shape[2])
        windows = self.window.square()[None, None]
        energy = conv_transpose1d(ones, windows, stride=self.hop)[0]
        # where frames touch without overlap, both windows are zero
        return wave / self._without_borders(energy).clamp(min=TINY)

    def project(
        self, spectrum: torch.Tensor, magnitude: torch.Tensor, smallest: float
    ) -> torch.Tensor:
        """Return given magnitudes with the phases of the nearest waveform.

        This is one round of Griffin-Lim.

        Args:
            spectrum: Complex spectrum, (B, N, T).
            magnitude: Magnitudes of the result, (B, N, T).
            smallest: Bins whose magnitude in the nearest waveform is below this fade
                out, which bounds the gradient of their phase.

        Returns:
            Complex spectrum, (B, N, T).
        """
        near = self.analyse(self.synthesise(spectrum))
        return near * (magnitude / near.abs().clamp(min=smallest))

    def phase_advance(self, frames: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Return how a tone at the centre of each bin turns from frame to frame.

        Args:
            frames: Number of frames T.

        Returns:
            Cosine and sine of the angle, which is 0 in the first frame, (T, N) each.
        """
        cos, sin = self.turn
        rounds = -(-frames // len(cos))
        return cos.repeat(rounds, 1)[:frames], sin.repeat(rounds, 1)[:frames]

    def _overlap_add(self, frames: torch.Tensor) -> torch.Tensor:
        samples = (frames.shape[2] - 1) * self.hop + self.n_fft
        wave = fold(frames, (1, samples), (1, self.n_fft), stride=(1, self.hop))
        return self._without_borders(wave[:, 0, 0])

    def _without_borders(self, samples: torch.Tensor) -> torch.Tensor:
        # LogMel's reflected borders include the zeros of the window
        return samples[:, self.border : samples.shape[1] - self.border]


def _phase_advance(n_fft: int, hop: int) -> torch.Tensor:
    # after these frames every bin has made whole turns
    frame = torch.arange(n_fft // math.gcd(n_fft, hop))[:, None]
    bins = torch.arange(n_fft // 2 + 1)
    angle = (frame * bins * hop).remainder(n_fft) * (2.0 * math.pi / n_fft)
    return torch.stack([angle.cos(), angle.sin()])


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


def refine_magnitudes(
    bins: torch.Tensor, bands: torch.Tensor, bank: torch.Tensor, steps: int
) -> torch.Tensor:
    """Bring the mel bands of magnitudes nearer to given mel bands.

    Richardson-Lucy updates keep magnitudes non-negative. Bins outside all bands keep
    their magnitudes.

    Args:
        bins: Magnitudes, (B, N, T).
        bands: Mel magnitudes, not logarithms, (B, M, T).
        bank: Mel filter bank, (M, N).
        steps: Number of updates.

    Returns:
        Magnitudes, (B, N, T).
    """
    weight = bank.sum(dim=0)
    back = (bank / weight.clamp(min=TINY)).t()
    outside = (weight == 0).to(bins)[:, None]
    for _ in range(steps):
        reached = (bank @ bins).clamp(min=TINY)
        bins = bins * (outside + back @ (bands / reached))
    return bins
