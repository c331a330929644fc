"""Calls that diffusers' schedulers have in common, some under different names.

Schedulers of flow matching scale neither the initial noise nor the input of the
network, and their method to add noise is called ``scale_noise``.

Shapes: B clips, C channels, T latent frames, F latent bins.
"""

from typing import Any

import torch


def first_latents(scheduler: Any, noise: torch.Tensor) -> torch.Tensor:
    """Return the latents that sampling starts from.

    Args:
        scheduler: A solver of diffusers, its steps set.
        noise: Standard normal noise, (B, C, T, F).

    Returns:
        Latents, (B, C, T, F).
    """
    return noise * getattr(scheduler, "init_noise_sigma", 1.0)


def network_input(
    scheduler: Any, latents: torch.Tensor, step: torch.Tensor
) -> torch.Tensor:
    """Return the input of the network at a step, scaled as the scheduler wants it.

    Args:
        scheduler: The solver.
        latents: Latents before the step, (B, C, T, F).
        step: The step, a number.

    Returns:
        Latents, (B, C, T, F).
    """
    if not hasattr(scheduler, "scale_model_input"):
        return latents
    return scheduler.scale_model_input(latents, step)


def add_noise(
    scheduler: Any, latents: torch.Tensor, noise: torch.Tensor, step: torch.Tensor
) -> torch.Tensor:
    """Add the noise of a step to clean latents.

    Args:
        scheduler: The solver.
        latents: Clean latents, (B, C, T, F).
        noise: Standard normal noise, (B, C, T, F).
        step: The step, a number.

    Returns:
        Latents, (B, C, T, F).
    """
    steps = step.expand(len(noise))
    if hasattr(scheduler, "add_noise"):
        return scheduler.add_noise(latents, noise, steps)
    return scheduler.scale_noise(latents, steps, noise)
