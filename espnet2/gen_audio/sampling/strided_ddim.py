"""DDIM on the steps of the authors' program, which may be more than were asked for.

Source: DDIM, arXiv:2010.02502, in the code of latent diffusion, arXiv:2112.10752: of N
steps every (N // S)-th is run from the first to the last, where diffusers runs S of
them. They are the same where S divides N; of 1000 steps, 30 wanted ones are 31 (1 to
991) there, 30 (1 to 958) in diffusers.
"""

from typing import Any

import torch
from diffusers import DDIMScheduler


def strided_steps(total: int, wanted: int) -> list[int]:
    """Return the steps that the authors' program runs.

    Args:
        total: Steps N of the noise schedule.
        wanted: Steps S that are asked for, at most N.

    Returns:
        Steps, ascending from 1; the last may be N, which no schedule has.
    """
    return [step + 1 for step in range(0, total, total // wanted)]


class StridedDDIM(DDIMScheduler):
    """DDIM that runs ``strided_steps``."""

    def set_timesteps(
        self, num_inference_steps: int, device: str | torch.device | None = None
    ) -> None:
        """Choose the steps; see ``DDIMScheduler``.

        Args:
            num_inference_steps: Steps that are asked for.
            device: Where the steps lie.
        """
        super().set_timesteps(num_inference_steps, device)
        steps = strided_steps(self.config.num_train_timesteps, num_inference_steps)
        self.timesteps = torch.tensor(steps[::-1], device=device)


def with_strided_steps(scheduler: Any) -> Any:
    """Return a solver that runs the authors' steps.

    Args:
        scheduler: A solver of diffusers.

    Returns:
        DDIM with these steps; another solver as it is.
    """
    if not isinstance(scheduler, DDIMScheduler):
        return scheduler
    return StridedDDIM.from_config(scheduler.config)
