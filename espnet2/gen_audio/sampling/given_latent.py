"""Sampling with a given latent: keep parts of it, or start from it with noise.

Shapes: B clips, C channels, T latent frames, F latent bins.
Sources: masks at every step, RePaint, arXiv:2201.09865; cells that are kept for some of
the steps only, Differential Diffusion, arXiv:2306.00950; starting from a partly noised
latent, SDEdit, arXiv:2108.01073.
"""

import math
from dataclasses import dataclass
from typing import Any

import torch

from espnet2.gen_audio.diffusion.process.solvers import add_noise, first_latents

# Their steps need the first ones: Runge-Kutta, or as many as the method's order.
FROM_NOISE = ("PNDMScheduler", "LMSDiscreteScheduler")


def refuse_partial(scheduler: Any, strength: float) -> None:
    """Refuse to run only the end of a schedule with a solver that needs its start.

    Args:
        scheduler: A solver of diffusers.
        strength: Fraction of the noise schedule that is to be run.

    Raises:
        ValueError: If the solver cannot start from a partly noised latent.
    """
    name = type(scheduler).__name__
    if strength < 1.0 and name in FROM_NOISE:
        raise ValueError(
            f"scheduler {name} with strength {strength:g}: it must start from pure "
            "noise; use another scheduler, for example dpm++, or strength 1"
        )


@dataclass(frozen=True)
class LatentEdit:
    """A given latent, and which parts of it are kept for how many steps.

    Attributes:
        known: Scaled latents, (B, C, T, F).
        keep: Fraction of the steps for which each cell is kept, (B, 1, T, F): a cell is
            kept for this fraction of the first steps and generated after them.
        strength: Fraction of the noise schedule that is run: 1 starts from pure noise,
            a smaller value from the given latent with the noise of the first step.

    Raises:
        ValueError: If the strength is out of range or the shapes do not fit.
    """

    known: torch.Tensor
    keep: torch.Tensor
    strength: float = 1.0

    def __post_init__(self) -> None:
        if not 0.0 < self.strength <= 1.0:
            raise ValueError(
                f"strength {self.strength} was given; use above 0 (the given sound) "
                "to 1 (all generated)"
            )
        wanted = (len(self.known), 1, *self.known.shape[2:])
        if tuple(self.keep.shape) != wanted:
            raise ValueError(
                f"a mask of shape {tuple(self.keep.shape)} does not fit latents "
                f"{tuple(self.known.shape)}; {wanted} is needed"
            )

    def to(self, like: torch.Tensor) -> "LatentEdit":
        """Return the edit on the device and in the precision of another tensor."""
        return LatentEdit(self.known.to(like), self.keep.to(like), self.strength)

    def steps_of(self, timesteps: torch.Tensor, order: int = 1) -> torch.Tensor:
        """Return the solver steps that are run.

        A solver of second order takes two steps from one noise level to the next (the
        last level has one step only); sampling begins at the first of such a pair.

        Args:
            timesteps: All steps of the solver, from noise to clean, (S,).
            order: Steps of the solver per noise level.

        Returns:
            The steps of the last levels, a fraction ``strength`` of all, and of at
            least one.
        """
        levels = math.ceil(len(timesteps) / order)
        run = max(1, round(self.strength * levels))
        return timesteps[order * (levels - run) :]

    def begin(
        self, scheduler: Any, noise: torch.Tensor, step: torch.Tensor
    ) -> torch.Tensor:
        """Return the first latents of sampling.

        Args:
            scheduler: A solver of diffusers, after ``set_timesteps``.
            noise: Standard normal noise, (B, C, T, F).
            step: First step that is run.

        Returns:
            Latents, (B, C, T, F).

        Raises:
            ValueError: If the solver cannot start from a partly noised latent.
        """
        if self.strength == 1.0:
            return first_latents(scheduler, noise)
        refuse_partial(scheduler, self.strength)
        return self.noised(scheduler, noise, step)

    def hold(
        self, latents: torch.Tensor, scheduler: Any, noise: torch.Tensor, step: Any
    ) -> torch.Tensor:
        """Overwrite the kept cells of latents by the given latent, noised to a step.

        Args:
            latents: Latents before the step, (B, C, T, F).
            scheduler: The solver.
            noise: The initial noise of sampling.
            step: The step; None after the last step, for latents without noise.

        Returns:
            Latents, (B, C, T, F).
        """
        if not self.keep.any():
            return latents
        if step is None:
            return torch.where(self.keep >= 1.0, self.known, latents)
        done = (scheduler.timesteps > step).double().mean().item()
        known = self.noised(scheduler, noise, step)
        return torch.where(self.keep > done, known, latents)

    def noised(self, scheduler: Any, noise: torch.Tensor, step: Any) -> torch.Tensor:
        """Return the given latent with the noise of a step, (B, C, T, F)."""
        return add_noise(scheduler, self.known, noise, step)
