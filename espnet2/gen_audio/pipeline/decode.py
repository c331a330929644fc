"""Latents to waveforms, long ones in windows: the last step of generation.

Shapes: B clips, C channels, T' latent frames, F' latent bins, T samples.
"""

import torch

from espnet2.gen_audio.accel.allocator import trim_freed_memory
from espnet2.gen_audio.pipeline.lengths import Frames
from espnet2.gen_audio.pipeline.system import System
from espnet2.gen_audio.sampling.windows import by_windows


@torch.no_grad()
def decode(
    system: System, latent: torch.Tensor, frames: Frames | None = None
) -> torch.Tensor:
    """Decode latents to log-mels and these to waveforms.

    Args:
        system: The parts.
        latent: Unscaled latents, (B, C, T', F').
        frames: Windows of long latents; overlapping log mels are cross-faded.

    Returns:
        Waveforms, (B, T).
    """
    vae = system.vae
    weight = next(vae.parameters())
    latent = latent.to(weight.device, weight.dtype).transpose(1, 2)  # time second
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
    vocoder = system.vocoder
    trim_freed_memory(collect=False)  # the VAE had the largest activations
    made = vocoder.decode(mel, system.behaviour.trim)
    return made if made.dtype == torch.float64 else made.float()
