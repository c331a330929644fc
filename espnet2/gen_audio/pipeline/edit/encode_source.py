"""Encode given sounds to latents and LOA, long ones in windows.

Shapes: T samples, C channels, T' latent frames, F' latent bins, W windows, L LOA
tokens, D features.
"""

import torch
from torch.nn.functional import pad

from espnet2.gen_audio.audiomae.loa import pool_patches
from espnet2.gen_audio.feats.mel import LogMel
from espnet2.gen_audio.pipeline.edit.source import Crop, Source
from espnet2.gen_audio.pipeline.lengths import Frames, frame_samples
from espnet2.gen_audio.pipeline.system import System
from espnet2.gen_audio.sampling.windows import by_windows


@torch.no_grad()
def latent_of(
    system: System, source: Source, start: int, end: int, frames: Frames
) -> tuple[Crop, torch.Tensor]:
    """Encode a part of a given sound to the mean of its posterior.

    Args:
        system: The parts.
        source: The sound.
        start: First sample of the part.
        end: One after its last sample.
        frames: Number of frames of the result; a shorter part is extended by mirroring.

    Returns:
        The part at the models' level, and its scaled latent, (C, T', F').
    """
    geometry = system.specification.geometry
    crop = source.crop(start, end, frames.count * frame_samples(geometry))
    vae = system.vae
    weight = vae.last_weight
    mel = LogMel(geometry)(crop.wave[None]).to(weight.device, weight.dtype)
    per_frame = mel.unflatten(1, (-1, geometry.downsample))  # (1, T', mel frames, mels)

    def encode(cut: torch.Tensor) -> torch.Tensor:
        """Return the mean of the posterior, (B, T', C, F')."""
        return vae.encode(cut.flatten(1, 2))[0].transpose(1, 2)

    mean = by_windows([encode], per_frame, frames.starts, frames.window, axis=1)
    latent = mean[0].transpose(0, 1).cpu()
    return crop, latent.to(torch.promote_types(latent.dtype, torch.float32)) * (
        system.specification.latent_scale
    )


@torch.no_grad()
def loa_of(
    system: System, source: Source, start: int, mirrored: bool = False
) -> torch.Tensor | None:
    """Return the LOA of the clip of a given sound that begins at a sample.

    Args:
        system: The parts.
        source: The sound.
        start: First sample of the clip.
        mirrored: Whether a sound that is shorter than a clip is extended by mirroring;
            otherwise by silence, as in training. AudioMAE attends to the whole clip, so
            the tokens of a sound depend on whether silence follows.

    Returns:
        LOA, (L, D); None for a system without LOA or AudioMAE.
    """
    model, specification = system.audiomae, system.specification
    if model is None or specification.loa_factor is None:
        return None
    geometry = specification.geometry
    samples = geometry.samples
    end = min(start + samples, len(source))
    given = source.crop(start, end, samples if mirrored else end - start).wave
    clip = pad(given, (0, samples - len(given)))
    device = next(model.parameters()).device
    patches = model.patch_features(clip[None].to(device)).cpu()
    grid = (geometry.time_patches, geometry.freq_patches)
    factors = geometry.pool_factors(specification.loa_factor)
    return pool_patches(patches, grid, factors)[0]


def loa_of_windows(
    system: System, source: Source, frames: Frames
) -> torch.Tensor | None:
    """Return the LOA of every window of a given sound.

    Args:
        system: The parts.
        source: The sound.
        frames: Latent frames and windows of the sound.

    Returns:
        LOA, (W, L, D); None for a system without LOA or AudioMAE.
    """
    per = frame_samples(system.specification.geometry)
    rows = [loa_of(system, source, start * per) for start in frames.starts]
    return None if rows[0] is None else torch.stack(rows)
