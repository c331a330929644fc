"""Multi-resolution STFT loss: magnitudes compared at several window lengths.

Shapes: B clips, S samples.
Source: Parallel WaveGAN, arXiv:1910.11480, eq. 5 to 7. The published training does not
use this loss (weight 0); small vocoders learn faster with it.
"""

from collections.abc import Sequence

import torch

from espnet2.gen_audio.ranks import sum_over_ranks

Resolutions = Sequence[Sequence[int]]
RESOLUTIONS: Resolutions = (
    (512, 50),
    (1024, 120),
    (2048, 240),
)  # (window, hop) in samples


class MultiResolutionSTFTLoss(torch.nn.Module):
    """Spectral convergence plus log-magnitude distance, averaged over resolutions.

    Args:
        resolutions: Window and hop of each STFT, in samples.
        floor: Smallest magnitude; smaller magnitudes are set to it before the
            logarithm.
    """

    def __init__(
        self,
        resolutions: Resolutions = RESOLUTIONS,
        floor: float = 1e-5,
    ):
        super().__init__()
        self.resolutions = resolutions
        self.floor = floor

    def forward(self, generated: torch.Tensor, recorded: torch.Tensor) -> torch.Tensor:
        """Return the distance of two waveforms.

        Args:
            generated: (B, S).
            recorded: (B, S).

        Returns:
            Mean distance, ().
        """
        total = generated.new_zeros(())
        for window, hop in self.resolutions:
            ours = self._magnitude(generated, window, hop)
            theirs = self._magnitude(recorded, window, hop)
            # one ratio for the batch of all processes
            error = sum_over_ranks((theirs - ours).square().sum()).sqrt()
            convergence = error / sum_over_ranks(theirs.square().sum()).sqrt()
            total = total + convergence + (theirs.log() - ours.log()).abs().mean()
        return total / len(self.resolutions)

    def _magnitude(self, wave: torch.Tensor, window: int, hop: int) -> torch.Tensor:
        hann = torch.hann_window(window, device=wave.device)
        spectrum = torch.stft(wave, window, hop, window=hann, return_complex=True)
        # clamp before the square root, whose gradient is infinite at zero
        power = spectrum.real.square() + spectrum.imag.square()
        return power.clamp(min=self.floor**2).sqrt()
