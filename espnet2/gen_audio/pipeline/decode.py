"""Latents to waveforms, long ones in windows: the last step of generation.

Shapes: B clips, C channels, T' latent frames, F' latent bins, T samples.
"""

from collections.abc import Iterator, Sequence

import torch

from espnet2.gen_audio.accel.allocator import trim_freed_memory
from espnet2.gen_audio.pipeline.encode import EncodedRequest
from espnet2.gen_audio.pipeline.lengths import Frames
from espnet2.gen_audio.pipeline.system import System
from espnet2.gen_audio.sampling.windows import by_windows
from espnet2.gen_audio.vocoder.hifi_gan import HiFiGAN


def decode_all(
    system: System,
    encoded: Sequence[EncodedRequest],
    latents: Sequence[Sequence[torch.Tensor]],
) -> Iterator[list[torch.Tensor]]:
    """Decode the latents of each request, one after another.

    Args:
        system: The parts.
        encoded: Encoded requests.
        latents: The latents of their candidates, (C, T', F') each.

    Yields:
        The waveforms of a request's candidates, (T,) each.
    """
    for each, own in zip(encoded, latents, strict=True):
        frames = each.plan.frames
        yield [decode(system, latent[None], frames)[0].cpu() for latent in own]


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
    padding = system.behaviour.vocoder_padding
    if isinstance(vocoder, HiFiGAN) and padding != "trained":
        mel = mel.to(next(vocoder.parameters()))
        made = vocoder(mel, system.behaviour.trim, padding)
    else:
        made = vocoder.decode(mel, system.behaviour.trim)
    return made if made.dtype == torch.float64 else made.float()
