"""The initial noise of sampling, drawn with one generator per clip.

Shapes: B clips, C channels, T latent frames, F latent bins.
"""

from collections.abc import Sequence

import torch

from espnet2.gen_audio.diffusion.seeding import generator_of, normal_of


def generators_of(seed: int, utt_ids: Sequence[str]) -> list[torch.Generator]:
    """Return one random generator per clip.

    Args:
        seed: Seed of the run.
        utt_ids: Ids of the clips.

    Returns:
        CPU generators seeded by (seed, id).
    """
    return [generator_of(seed, utt_id) for utt_id in utt_ids]


def initial_noise(
    generators: Sequence[torch.Generator],
    latent_shape: Sequence[int],
    device: torch.device | str = "cpu",
    dtype: torch.dtype = torch.float32,
) -> torch.Tensor:
    """Draw the latents that sampling starts from.

    Args:
        generators: One generator per clip; solver steps that add noise use them later.
        latent_shape: (C, T, F).
        device: Device of the result.
        dtype: Precision of the result; numbers are always drawn in float32.

    Returns:
        Standard normal noise, (B, C, T, F).
    """
    return normal_of(generators, latent_shape).to(device, dtype)
