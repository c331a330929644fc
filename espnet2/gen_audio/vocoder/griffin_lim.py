"""Griffin-Lim: log mel spectrogram to waveform without training.

Shapes: B clips, T mel frames, M mel bands, N = n_fft / 2 + 1 bins, S = T x hop samples.
Source: fast Griffin-Lim, Perraudin et al., WASPAA 2013 (momentum). Mel bands are turned
into frequency bins by Richardson-Lucy updates, which keep magnitudes non-negative.
"""

import torch
from torch.nn.functional import fold, pad

from espnet2.gen_audio.feats.clip import ClipGeometry
from espnet2.gen_audio.feats.mel import mel_filter_bank
from espnet2.gen_audio.vocoder.abs_vocoder import AbsVocoder

TINY = 1e-8


class GriffinLim(AbsVocoder):
    """Estimate phases from magnitudes, with the frames of ``LogMel``.

    Initial phases are random but fixed, so that a mel spectrogram always gives the same
    waveform, whatever else is in the batch.

    Args:
        geometry: Rate, window, hop and bands.
        iterations: Iterations of phase estimation.
        momentum: Momentum of an iteration; 0 is the original algorithm.
        inversion_steps: Updates that turn mel bands into frequency bins.

    Raises:
        ValueError: If iterations or momentum are out of range.
    """

    is_trained = False

    def __init__(
        self,
        geometry: ClipGeometry,
        iterations: int = 32,
        momentum: float = 0.99,
        inversion_steps: int = 30,
    ):
        super().__init__()
        if iterations < 1 or not 0.0 <= momentum < 1.0 or inversion_steps < 1:
            raise ValueError(
                f"iterations {iterations} and inversion_steps {inversion_steps} must "
                f"be 1 or more, momentum {momentum} at least 0 and below 1"
            )
        self.n_fft = geometry.n_fft
        self.hop = geometry.hop
        self.border = (geometry.n_fft - geometry.hop) // 2
        self.iterations = iterations
        self.momentum = momentum
        self.inversion_steps = inversion_steps
        window = torch.hann_window(geometry.n_fft)
        self.register_buffer("window", window, persistent=False)
        self.register_buffer("bank", mel_filter_bank(geometry), persistent=False)

    @torch.no_grad()
    def forward(self, mel: torch.Tensor, trim: bool = True) -> torch.Tensor:
        """Return a waveform with about this log mel spectrogram.

        Args:
            mel: Log mel spectrogram as ``LogMel`` gives it, (B, T, M).
            trim: Ignored: there is no surplus to cut.

        Returns:
            Waveform, (B, T x hop); frame t is centred at sample (t + 1/2) x hop.
        """
        magnitude = self.magnitudes(mel.float().transpose(1, 2).exp())
        spectrum = torch.polar(magnitude, self._first_phases(magnitude))
        previous = spectrum
        for _ in range(self.iterations):
            consistent = self._analyse(self._synthesise(spectrum))
            ahead = consistent + self.momentum * (consistent - previous)
            previous = consistent
            spectrum = magnitude * ahead / ahead.abs().clamp(min=TINY)
        return self._synthesise(spectrum)

    def magnitudes(self, bands: torch.Tensor) -> torch.Tensor:
        """Return non-negative frequency bins that have about the given mel bands.

        Args:
            bands: Mel magnitudes, not logarithms, (B, M, T).

        Returns:
            Magnitudes, (B, N, T).
        """
        spread = self.bank.t()  # (N, M)
        weight = spread.sum(dim=1, keepdim=True).clamp(min=TINY)
        bins = spread @ bands / weight
        for _ in range(self.inversion_steps):
            reached = (self.bank @ bins).clamp(min=TINY)
            bins = bins * (spread @ (bands / reached)) / weight
        return bins

    def _first_phases(self, magnitude: torch.Tensor) -> torch.Tensor:
        # drawn frame by frame, so that a longer clip begins with the same phases
        generator = torch.Generator().manual_seed(0)
        _, bins, frames = magnitude.shape
        phases = torch.rand(frames, bins, generator=generator).t() * 2 * torch.pi
        return phases.to(magnitude).expand_as(magnitude)

    def _analyse(self, wave: torch.Tensor) -> torch.Tensor:
        padded = pad(wave[:, None], (self.border, self.border), mode="reflect")[:, 0]
        return torch.stft(
            padded,
            self.n_fft,
            self.hop,
            window=self.window,
            center=False,
            return_complex=True,
        )

    def _synthesise(self, spectrum: torch.Tensor) -> torch.Tensor:
        frames = torch.fft.irfft(spectrum, n=self.n_fft, dim=1)
        window = self.window[None, :, None]
        energy = window.square().expand(1, -1, spectrum.shape[2])
        wave = self._overlap_add(frames * window) / self._overlap_add(energy)
        return wave.contiguous()

    def _overlap_add(self, frames: torch.Tensor) -> torch.Tensor:
        samples = (frames.shape[2] - 1) * self.hop + self.n_fft
        wave = fold(frames, (1, samples), (1, self.n_fft), stride=(1, self.hop))
        # cut the reflected borders of LogMel, where the window's energy is near zero
        return wave[:, 0, 0, self.border : samples - self.border]
