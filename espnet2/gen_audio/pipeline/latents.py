"""Sample the latents of a batch: its noise, its windows, its guidance.

Shapes: B clips, C channels, T' latent frames, F' latent bins.
"""

from collections.abc import Sequence
from typing import Any

import torch

from espnet2.gen_audio.accel.predictors import predictor_factory
from espnet2.gen_audio.conditioner.condition import Conditions
from espnet2.gen_audio.diffusion.seeding import generator_of
from espnet2.gen_audio.pipeline.lengths import Frames
from espnet2.gen_audio.pipeline.options import SamplingOptions
from espnet2.gen_audio.sampling.edit import LatentEdit
from espnet2.gen_audio.sampling.guidance import guided
from espnet2.gen_audio.sampling.noise import initial_noise
from espnet2.gen_audio.sampling.sampler import sample_latents
from espnet2.gen_audio.sampling.windows import by_windows


@torch.no_grad()
def sample(
    system: Any,
    utt_ids: Sequence[str],
    seeds: Sequence[int],
    conditions: Sequence[Conditions],
    null: Conditions,
    options: SamplingOptions,
    frames: Frames,
    edit: LatentEdit | None = None,
) -> torch.Tensor:
    """Sample latents.

    Args:
        system: The models, ``Text2Audio``.
        utt_ids: B ids; with the seeds they decide the noise.
        seeds: Seed of every row.
        conditions: Those of every window, B rows each.
        null: What guidance leads away from, B rows.
        options: How to sample.
        frames: Latent frames and windows.
        edit: What a given sound contributes.

    Returns:
        Latents as the VAE knows them, (B, C, T', F').
    """
    ldm, geometry = system.ldm, system.facts.geometry
    denoisers = [
        guided(
            ldm.unet,
            one,
            null,
            options.guidance,
            ldm.process.num_steps,
            options.reuse_every,
            predictor_factory(ldm.unet, options.compiled),
        )
        for one in conditions
    ]

    def denoise(noisy: torch.Tensor, step: torch.Tensor) -> torch.Tensor:
        # kept features belong to a window, so each window has its own denoiser
        parts = [lambda cut, one=one: one(cut, step) for one in denoisers]
        predicted = by_windows(parts, noisy, frames.starts, frames.window, axis=2)
        return ldm.process.to_scheduler(predicted, noisy, step)

    scheduler = ldm.process.build_scheduler(options.scheduler)
    generators = [generator_of(seed, name) for seed, name in zip(seeds, utt_ids)]
    shape = (geometry.latent_channels, frames.count, geometry.latent_bins)
    dtype = torch.promote_types(system.dtype, torch.float32)
    noise = initial_noise(generators, shape, system.device, dtype)
    edit = None if edit is None else edit.to(noise)
    latent = sample_latents(
        denoise, scheduler, noise, generators, options.steps, options.eta, edit
    )
    return latent / ldm.latent_scale
