"""Latents to log mels to waveforms: the last two steps of generation.

Shapes: B clips, C channels, T' latent frames, F' latent bins, N mel frames, M mel
bands, T samples.
"""

from collections.abc import Iterator, Sequence

import torch

from espnet2.gen_audio.accel.allocator import trim_freed_memory
from espnet2.gen_audio.pipeline.encode import EncodedRequest
from espnet2.gen_audio.pipeline.lengths import Frames
from espnet2.gen_audio.pipeline.system import System
from espnet2.gen_audio.sampling.windows import by_windows


def decode_all(
    system: System,
    encoded: Sequence[EncodedRequest],
    latents: Sequence[Sequence[torch.Tensor]],
) -> list[list[torch.Tensor]]:
    """Decode the latents of all requests with the VAE.

    Args:
        system: The parts.
        encoded: Encoded requests.
        latents: For each request, the latents of its candidates, (C, T', F').

    Returns:
        For each request, the log mels of its candidates, (N, M).
    """
    return [
        [mel_of(system, latent[None], each.plan.frames)[0] for latent in own]
        for each, own in zip(encoded, latents, strict=True)
    ]


def vocode_all(
    system: System, mels: Sequence[Sequence[torch.Tensor]]
) -> Iterator[list[torch.Tensor]]:
    """Run the vocoder on the log mels, one request after another.

    Args:
        system: The parts.
        mels: For each request, the log mels of its candidates, (N, M).

    Yields:
        The waveforms of a request's candidates, (T,).
    """
    for own in mels:
        yield [wave_of(system, mel[None])[0].cpu() for mel in own]


def decode(
    system: System, latent: torch.Tensor, frames: Frames | None = None
) -> torch.Tensor:
    """Decode latents to log mels and log mels to waveforms.

    Args:
        system: The parts.
        latent: Unscaled latents, (B, C, T', F').
        frames: Latent frames and windows.

    Returns:
        Waveforms, (B, T).
    """
    return wave_of(system, mel_of(system, latent, frames))


@torch.no_grad()
def mel_of(
    system: System, latent: torch.Tensor, frames: Frames | None = None
) -> torch.Tensor:
    """Decode latents to log mels.

    Args:
        system: The parts.
        latent: Unscaled latents, (B, C, T', F').
        frames: Latent frames and windows; overlapping log mels are cross-faded.

    Returns:
        Log mels, (B, N, M).
    """
    vae = system.vae
    weight = vae.last_weight
    latent = latent.to(weight.device, weight.dtype).transpose(1, 2)  # (B, T', C, F')
    starts = (0,) if frames is None else frames.starts
    window = latent.shape[1] if frames is None else frames.window
    mel = by_windows(
        [lambda cut: vae.decode(cut.transpose(1, 2).contiguous())],
        latent,
        starts,
        window,
        axis=1,
        growth=system.specification.geometry.downsample,
    )
    trim_freed_memory(collect=False)  # the VAE needs most memory for activations
    return mel


@torch.no_grad()
def wave_of(system: System, mel: torch.Tensor) -> torch.Tensor:
    """Run the vocoder.

    Args:
        system: The parts.
        mel: Log mels, (B, N, M).

    Returns:
        Waveforms, (B, T).
    """
    trim, padding = system.behaviour.trim, system.behaviour.vocoder_padding
    made = system.vocoder.decode(mel, trim, None if padding == "trained" else padding)
    return made if made.dtype == torch.float64 else made.float()
