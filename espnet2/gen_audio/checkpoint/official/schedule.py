"""Compare the noise schedule in an official checkpoint with ours.

The file of latent diffusion stores twelve vectors that follow from the betas. They are
computed again here, compared, and left out: a model of ours makes its own.

Source: DDPM, arXiv:2006.11239, eq. 6 and 7; names of the vectors: AudioLDM 2.
"""

from collections.abc import Mapping
from typing import Any

import torch

from espnet2.gen_audio.diffusion.process.schedule import NoiseSchedule

TOLERANCE = 1e-6  # relative to a value, or absolute for values below 1
_SMALLEST_VARIANCE = 1e-20  # lower bound before the logarithm: the first is 0


def check_schedule(state: Mapping[str, Any], source: str) -> list[str]:
    """Compare the schedule of a checkpoint with the published one.

    Args:
        state: Official state; names of other tensors are ignored.
        source: Name of the file, for the message.

    Returns:
        Names of the vectors that were found and agree.

    Raises:
        ValueError: If some of the twelve are missing, or one has other numbers.
    """
    expected = schedule_buffers(NoiseSchedule())
    found = [name for name in expected if name in state]
    missing = [name for name in expected if name not in state]
    if missing:
        raise ValueError(
            f"{source} has no {missing[0]!r} ({len(missing)} of the {len(expected)} "
            "vectors of the noise schedule are missing); give a whole checkpoint"
        )
    for name in found:
        given, wanted = state[name], expected[name]
        if tuple(given.shape) != tuple(wanted.shape):
            raise ValueError(
                f"{source}: {name} has shape {tuple(given.shape)}, but the published "
                f"schedule has {tuple(wanted.shape)}; only that schedule is imported"
            )
        distance = (given.double() - wanted).abs() / wanted.abs().clamp(min=1.0)
        worst = int(distance.argmax())
        if not distance.max() <= TOLERANCE:
            raise ValueError(
                f"{source}: {name}[{worst}] is {float(given[worst]):.7g}, but the "
                f"published schedule has {float(wanted[worst]):.7g}; only that "
                "schedule (1000 steps, 0.0015 to 0.0195) is imported"
            )
    return found


def schedule_buffers(schedule: NoiseSchedule) -> dict[str, torch.Tensor]:
    """Return the vectors that latent diffusion stores beside its weights.

    Args:
        schedule: Number of steps N and first and last beta.

    Returns:
        Twelve vectors in float64 by official name, (N,) each.
    """
    root = torch.linspace(
        schedule.beta_start**0.5,
        schedule.beta_end**0.5,
        schedule.num_steps,
        dtype=torch.float64,
        device="cpu",
    )
    betas = root.square()
    after = torch.cumprod(1.0 - betas, dim=0)
    before = torch.cat([after.new_ones(1), after[:-1]])
    variance = betas * (1.0 - before) / (1.0 - after)
    return {
        "betas": betas,
        "alphas_cumprod": after,
        "alphas_cumprod_prev": before,
        "sqrt_alphas_cumprod": after.sqrt(),
        "sqrt_one_minus_alphas_cumprod": (1.0 - after).sqrt(),
        "log_one_minus_alphas_cumprod": (1.0 - after).log(),
        "sqrt_recip_alphas_cumprod": (1.0 / after).sqrt(),
        "sqrt_recipm1_alphas_cumprod": (1.0 / after - 1.0).sqrt(),
        "posterior_variance": variance,
        "posterior_log_variance_clipped": variance.clamp(min=_SMALLEST_VARIANCE).log(),
        "posterior_mean_coef1": betas * before.sqrt() / (1.0 - after),
        "posterior_mean_coef2": (1.0 - before) * (1.0 - betas).sqrt() / (1.0 - after),
    }
