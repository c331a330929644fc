"""Vocos: log mel spectrogram to waveform with one inverse STFT.

A few ConvNeXt blocks at the frame rate predict the magnitude and the phase of each bin,
and an inverse STFT gives the waveform. No layer runs at the sample rate, as the slowest
layers of HiFi-GAN do.

The phase of a bin is the direction of a sum of two terms. One is fixed within a frame,
as the phases of a transient are. The other rotates from frame to frame at the bin's
centre frequency, as the phases of a steady tone of this frequency do. A steady tone has
the same mel in every frame, and thus the same output of the network: without the second
term its frames would cancel each other.

Frames overlap, and the predicted frames do not agree where they do. A round of
Griffin-Lim takes the phases from the waveform that is nearest to all frames, and keeps
the magnitudes. Rounds are differentiable, so the network is trained through them.

Shapes: B clips, T mel frames, M mel bands, C channels, N = n_fft / 2 + 1 bins.
Sources: Vocos, arXiv:2306.00814 (network, inverse STFT); FreeV, arXiv:2406.08196
(magnitude as a correction of an estimate from the mel; theirs is by the pseudo-inverse
of the mel bank, which may be negative, ours by averages of bands, refined by
Richardson-Lucy updates); APNet, arXiv:2305.07952 (phase from two outputs); ConvNeXt,
arXiv:2201.03545 (block); phase vocoder, Flanagan and Golden, Bell System Technical
Journal 45, 1966 (phase advance); Deep Griffin-Lim Iteration, arXiv:1903.03971 (rounds
inside a trained network).
"""

import torch
from torch.nn.functional import gelu

from espnet2.gen_audio.feats.clip import ClipGeometry
from espnet2.gen_audio.feats.mel import mel_filter_bank
from espnet2.gen_audio.vocoder.abs_vocoder import AbsVocoder
from espnet2.gen_audio.vocoder.stft_frames import (
    STFTFrames,
    refine_magnitudes,
    spread_bands,
)

# approximate mean and std of log mels of speech, music and effects, to scale the input
# of the first layer to numbers near one
MEL_MEAN, MEL_STD = -5.0, 3.0
# smallest magnitude by which a complex number is divided for its phase
QUIET = 1e-6


class ConvNeXtBlock(torch.nn.Module):
    """Convolve each channel along time, then mix the channels of each frame.

    Args:
        channels: Number of channels C.
        hidden: Width between the two linear layers.
        kernel_size: Kernel of the convolution along time, in frames; odd.
        scale: Initial weight of the block's output, which is added to its input.
    """

    def __init__(self, channels: int, hidden: int, kernel_size: int, scale: float):
        super().__init__()
        self.depthwise = torch.nn.Conv1d(
            channels, channels, kernel_size, padding=kernel_size // 2, groups=channels
        )
        self.norm = torch.nn.LayerNorm(channels, eps=1e-6)
        self.expand = torch.nn.Linear(channels, hidden)
        self.reduce = torch.nn.Linear(hidden, channels)
        self.scale = torch.nn.Parameter(torch.full((channels,), scale))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the input plus the output of the block.

        Args:
            x: (B, C, T).

        Returns:
            (B, C, T).
        """
        h = self.norm(self.depthwise(x).transpose(1, 2))
        h = self.scale * self.reduce(gelu(self.expand(h)))
        return x + h.transpose(1, 2)


class Vocos(AbsVocoder):
    """Vocoder of ConvNeXt blocks with an inverse STFT as its head.

    Args:
        geometry: Rate, window, hop and bands.
        channels: Number of channels C between the blocks.
        hidden: Width inside a block.
        blocks: Number of blocks.
        kernel_size: Kernel of a block, in frames.
        residual_limits: Smallest and largest correction of a log magnitude.
        inversion_steps: Updates that refine the estimate of magnitudes from the mel.
        iterations: Rounds of Griffin-Lim on the predicted spectrum.

    Raises:
        ValueError: If a size is not positive, the kernel is even, the limits do not
            contain zero, or a number of steps is negative.
    """

    def __init__(
        self,
        geometry: ClipGeometry,
        channels: int = 512,
        hidden: int = 1536,
        blocks: int = 8,
        kernel_size: int = 7,
        residual_limits: tuple[float, float] = (-6.0, 3.0),
        inversion_steps: int = 0,
        iterations: int = 0,
    ):
        super().__init__()
        if min(channels, hidden, blocks, kernel_size) < 1 or kernel_size % 2 == 0:
            raise ValueError(
                f"channels {channels}, hidden {hidden} and blocks {blocks} must be 1 "
                f"or more, kernel_size {kernel_size} odd"
            )
        low, high = residual_limits
        if not low < 0.0 < high:
            raise ValueError(
                f"residual_limits {low}, {high} must be one below and one above 0"
            )
        if min(inversion_steps, iterations) < 0:
            raise ValueError(
                f"inversion_steps {inversion_steps} and iterations {iterations} must "
                "be 0 or more"
            )
        self.residual_limits = (float(low), float(high))
        self.inversion_steps = inversion_steps
        self.iterations = iterations
        bins = geometry.n_fft // 2 + 1
        self.embed = torch.nn.Conv1d(
            geometry.n_mels, channels, kernel_size, padding=kernel_size // 2
        )
        self.norm = torch.nn.LayerNorm(channels, eps=1e-6)
        self.blocks = torch.nn.ModuleList(
            ConvNeXtBlock(channels, hidden, kernel_size, 1.0 / blocks)
            for _ in range(blocks)
        )
        self.final_norm = torch.nn.LayerNorm(channels, eps=1e-6)
        self.head = torch.nn.Linear(channels, 5 * bins)  # magnitude, two phase terms
        self.frames = STFTFrames(geometry)
        self.register_buffer("spread", spread_bands(geometry), persistent=False)
        self.register_buffer("bank", mel_filter_bank(geometry), persistent=False)
        self.apply(_initialise)

    def forward(self, mel: torch.Tensor, trim: bool = True) -> torch.Tensor:
        """Return the waveform of a log mel spectrogram.

        Args:
            mel: Log mel spectrogram of ``LogMel``, (B, T, M).
            trim: Ignored: the waveform always has T x hop samples.

        Returns:
            Waveform, (B, T x hop); frame t is centred at sample (t + 1/2) x hop.
        """
        spectrum = self.spectrum(mel)
        magnitude = spectrum.abs()
        with torch.autocast(mel.device.type, enabled=False):
            for _ in range(self.iterations):
                spectrum = self.frames.project(spectrum, magnitude, QUIET)
            return self.frames.synthesise(spectrum)

    def spectrum(self, mel: torch.Tensor) -> torch.Tensor:
        """Return the predicted spectrum, before rounds of Griffin-Lim.

        Args:
            mel: (B, T, M).

        Returns:
            Complex spectrum, (B, N, T).
        """
        outputs = self.head(self._hidden(mel))
        # half precision loses phases and quiet magnitudes
        precision = torch.promote_types(outputs.dtype, torch.float32)
        with torch.autocast(mel.device.type, enabled=False):
            return self._spectrum_of(outputs.to(precision), mel.to(precision))

    def _spectrum_of(self, outputs: torch.Tensor, mel: torch.Tensor) -> torch.Tensor:
        residual, fixed_re, fixed_im, tone_re, tone_im = outputs.chunk(5, dim=2)
        magnitude = self._prior(mel.exp())
        magnitude = magnitude * residual.clamp(*self.residual_limits).exp()
        # products of real numbers, because complex ones take twice as long on a CPU
        cos, sin = self.frames.phase_advance(mel.shape[1])
        real = fixed_re + tone_re * cos - tone_im * sin
        imag = fixed_im + tone_re * sin + tone_im * cos
        power = real.square() + imag.square()
        scale = magnitude * power.clamp(min=QUIET**2).rsqrt()
        return torch.complex(real * scale, imag * scale).transpose(1, 2)

    def _prior(self, bands: torch.Tensor) -> torch.Tensor:
        bands = bands.transpose(1, 2)
        bins = self.spread @ bands
        bins = refine_magnitudes(bins, bands, self.bank, self.inversion_steps)
        return bins.transpose(1, 2)

    def _hidden(self, mel: torch.Tensor) -> torch.Tensor:
        x = self.embed(((mel - MEL_MEAN) / MEL_STD).transpose(1, 2))
        x = self.norm(x.transpose(1, 2)).transpose(1, 2)
        for block in self.blocks:
            x = block(x)
        return self.final_norm(x.transpose(1, 2))


def _initialise(module: torch.nn.Module) -> None:
    """Initialise weights as in Vocos and ConvNeXt."""
    if isinstance(module, (torch.nn.Conv1d, torch.nn.Linear)):
        torch.nn.init.trunc_normal_(module.weight, std=0.02)
        torch.nn.init.zeros_(module.bias)
