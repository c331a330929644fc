"""DDIM on the steps of the authors' program, which may run more steps than requested.

Source: DDIM, arXiv:2010.02502, in the code of latent diffusion, arXiv:2112.10752: it
runs every (N // S)-th of N steps, from the first to the last; diffusers runs only the
first S of these. If S divides N, both are equal. For N = 1000 and S = 30, the authors'
program runs 31 steps (1 to 991), diffusers 30 steps (1 to 958).
"""

from typing import Any

import torch
from diffusers import DDIMScheduler


def strided_steps(total: int, wanted: int) -> list[int]:
    """Return the steps that the authors' program runs.

    Args:
        total: Steps N of the noise schedule.
        wanted: Number S of requested steps, at most N.

    Returns:
        Steps, ascending from 1. The last may be N, which is beyond the schedule.
    """
    return [step + 1 for step in range(0, total, total // wanted)]


class StridedDDIM(DDIMScheduler):
    """DDIM that runs ``strided_steps``."""

    def set_timesteps(
        self, num_inference_steps: int, device: str | torch.device | None = None
    ) -> None:
        """Set the steps; see ``DDIMScheduler``.

        Args:
            num_inference_steps: Number of requested steps.
            device: Device of the steps.
        """
        super().set_timesteps(num_inference_steps, device)
        steps = strided_steps(self.config.num_train_timesteps, num_inference_steps)
        self.timesteps = torch.tensor(steps[::-1], device=device)


def with_strided_steps(scheduler: Any) -> Any:
    """Return a solver that runs the authors' steps.

    Args:
        scheduler: A solver of diffusers.

    Returns:
        For DDIM, ``StridedDDIM``; another solver is returned unchanged.
    """
    if not isinstance(scheduler, DDIMScheduler):
        return scheduler
    return StridedDDIM.from_config(scheduler.config)
