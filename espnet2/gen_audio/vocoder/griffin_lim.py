"""Griffin-Lim: log mel spectrogram to waveform without training.

Shapes: B clips, T mel frames, M mel bands, N = n_fft / 2 + 1 bins, S = T x hop samples.
Source: fast Griffin-Lim, Perraudin et al., WASPAA 2013 (momentum). Mel bands are
converted to frequency bins by Richardson-Lucy updates, which keep magnitudes
non-negative.
"""

import torch

from espnet2.gen_audio.feats.clip import ClipGeometry
from espnet2.gen_audio.feats.mel import mel_filter_bank
from espnet2.gen_audio.vocoder.abs_vocoder import AbsVocoder
from espnet2.gen_audio.vocoder.stft_frames import (
    TINY,
    STFTFrames,
    refine_magnitudes,
)


class GriffinLim(AbsVocoder):
    """Estimate phases from magnitudes, with the frames of ``LogMel``.

    Initial phases are random numbers with a fixed seed, so the waveform depends on the
    mel spectrogram only, and not on its batch.

    Args:
        geometry: Rate, window, hop and bands.
        iterations: Iterations of phase estimation.
        momentum: Momentum of an iteration; 0 is the original algorithm.
        inversion_steps: Number of updates that convert mel bands to frequency bins.

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
        self.frames = STFTFrames(geometry)
        self.iterations = iterations
        self.momentum = momentum
        self.inversion_steps = inversion_steps
        self.register_buffer("bank", mel_filter_bank(geometry), persistent=False)

    @torch.no_grad()
    def forward(self, mel: torch.Tensor, trim: bool = True) -> torch.Tensor:
        """Return a waveform with approximately this log mel spectrogram.

        Args:
            mel: Log mel spectrogram of ``LogMel``, (B, T, M).
            trim: Ignored: the waveform always has T x hop samples.

        Returns:
            Waveform, (B, T x hop); frame t is centred at sample (t + 1/2) x hop.
        """
        magnitude = self.magnitudes(mel.float().transpose(1, 2).exp())
        spectrum = torch.polar(magnitude, self._first_phases(magnitude))
        previous = spectrum
        for _ in range(self.iterations):
            consistent = self.frames.analyse(self.frames.synthesise(spectrum))
            ahead = consistent + self.momentum * (consistent - previous)
            previous = consistent
            spectrum = magnitude * ahead / ahead.abs().clamp(min=TINY)
        return self.frames.synthesise(spectrum)

    def magnitudes(self, bands: torch.Tensor) -> torch.Tensor:
        """Return non-negative frequency bins with approximately the given mel bands.

        Args:
            bands: Mel magnitudes, not logarithms, (B, M, T).

        Returns:
            Magnitudes, (B, N, T).
        """
        weight = self.bank.sum(dim=0)[:, None].clamp(min=TINY)
        bins = self.bank.t() @ bands / weight
        return refine_magnitudes(bins, bands, self.bank, self.inversion_steps)

    def _first_phases(self, magnitude: torch.Tensor) -> torch.Tensor:
        # drawn frame by frame, so that phases do not depend on the length of a clip
        generator = torch.Generator().manual_seed(0)
        _, bins, frames = magnitude.shape
        phases = torch.rand(frames, bins, generator=generator).t() * 2 * torch.pi
        return phases.to(magnitude).expand_as(magnitude)
