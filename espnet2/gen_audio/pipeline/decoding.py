"""Latents to sound and given sounds to latents, in windows where they are long.

Shapes: B clips, C channels, T' latent frames, F' latent bins, T samples, L LOA tokens,
D features.
"""

from typing import Any

import torch
from torch.nn.functional import pad

from espnet2.gen_audio.accel.allocator import trim_freed_memory
from espnet2.gen_audio.audiomae.loa import pool_patches
from espnet2.gen_audio.feats.mel import LogMel
from espnet2.gen_audio.pipeline.lengths import Frames, frame_samples
from espnet2.gen_audio.pipeline.source import Crop, Source
from espnet2.gen_audio.sampling.windows import by_windows
from espnet2.gen_audio.vocoder.hifi_gan import HiFiGAN


@torch.no_grad()
def to_waveform(
    system: Any, latent: torch.Tensor, frames: Frames | None = None
) -> torch.Tensor:
    """Decode latents to mels and these to waveforms.

    Args:
        system: The models, ``Text2Audio``.
        latent: As the VAE knows them, (B, C, T', F').
        frames: Windows of long ones; mels are blended where they overlap.

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
        growth=vae.downsample,
    )
    vocoder = system.vocoder
    trim_freed_memory(collect=False)  # the largest activations are behind
    if isinstance(vocoder, HiFiGAN):
        made = vocoder(mel.to(next(vocoder.parameters())), system.behaviour.trim)
    else:
        made = vocoder(mel if mel.dtype == torch.float64 else mel.float())
    return made if made.dtype == torch.float64 else made.float()


@torch.no_grad()
def latent_of(
    system: Any, source: Source, start: int, end: int, frames: Frames
) -> tuple[Crop, torch.Tensor]:
    """Encode a part of a given sound to the mean of its posterior.

    Args:
        system: The models, ``Text2Audio``.
        source: The sound.
        start: First sample of the part.
        end: Behind its last one.
        frames: Frames of the result; behind the part it is mirrored.

    Returns:
        The part at the models' level, and its latent as the diffusion model knows it,
        (C, T', F').
    """
    geometry = system.facts.geometry
    crop = source.crop(start, end, frames.count * frame_samples(geometry))
    vae = system.vae
    weight = next(vae.parameters())
    mel = LogMel(geometry)(crop.wave[None]).to(weight.device, weight.dtype)
    per_frame = mel.unflatten(1, (-1, geometry.downsample))  # (1, T', mel frames, mels)

    def encode(cut: torch.Tensor) -> torch.Tensor:
        return vae.encode(cut.flatten(1, 2))[0].transpose(1, 2)

    mean = by_windows([encode], per_frame, frames.starts, frames.window, axis=1)
    latent = mean[0].transpose(0, 1).cpu()
    return crop, latent.to(torch.promote_types(latent.dtype, torch.float32)) * (
        system.facts.latent_scale
    )


@torch.no_grad()
def loa_of(
    system: Any, source: Source, start: int, goes_on: bool = False
) -> torch.Tensor | None:
    """Return the LOA of the clip of a given sound that begins at a sample.

    Args:
        system: The models, ``Text2Audio``.
        source: The sound.
        start: First sample of the clip.
        goes_on: What follows a sound that is shorter than its clip: itself, mirrored;
            else silence, as in training. AudioMAE sees all of a clip at once, so
            tokens of the sound tell whether it ends.

    Returns:
        LOA, (L, D); None for a system without LOA or AudioMAE.
    """
    model, facts = system.audiomae, system.facts
    if model is None or facts.loa_factor is None:
        return None
    samples = facts.geometry.samples
    end = min(start + samples, len(source))
    given = source.crop(start, end, samples if goes_on else end - start).wave
    clip = pad(given, (0, samples - len(given)))
    device = next(model.parameters()).device
    patches = model.patch_features(clip[None].to(device)).cpu()
    grid = (facts.geometry.time_patches, facts.geometry.freq_patches)
    factors = facts.geometry.pool_factors(facts.loa_factor)
    return pool_patches(patches, grid, factors)[0]


def loa_of_windows(system: Any, source: Source, frames: Frames) -> torch.Tensor | None:
    """Return the LOA of every window of a given sound.

    Args:
        system: The models, ``Text2Audio``.
        source: The sound.
        frames: Its windows.

    Returns:
        LOA, (W, L, D); None for a system without LOA or AudioMAE.
    """
    per = frame_samples(system.facts.geometry)
    rows = [loa_of(system, source, start * per) for start in frames.starts]
    return None if rows[0] is None else torch.stack(rows)
