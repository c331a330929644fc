"""The variance-preserving process: x_n = signal[n] x_0 + sigma[n] eps.

Shapes: B clips, C channels, T latent frames, F latent bins.
Source: DDPM, arXiv:2006.11239. AudioLDM 2 uses it with eps as the target.
"""

from typing import Any

import torch

from espnet2.gen_audio.diffusion.process.abs_process import AbsProcess
from espnet2.gen_audio.diffusion.process.objective import Objective
from espnet2.gen_audio.diffusion.process.schedule import NoiseSchedule
from espnet2.gen_audio.diffusion.process.solvers import build_solver


class VariancePreserving(AbsProcess):
    """Add noise by a schedule of betas; the network predicts eps, v or x0.

    Args:
        num_steps: Number of steps N.
        beta_start: Variance of the noise that the first step adds.
        beta_end: Variance of the noise that the last step adds.
        objective: What the network predicts: ``eps`` (published), ``v`` or ``x0``.
    """

    def __init__(
        self,
        num_steps: int = 1000,
        beta_start: float = 0.0015,
        beta_end: float = 0.0195,
        objective: str = "eps",
    ):
        super().__init__()
        self.schedule = NoiseSchedule(num_steps, beta_start, beta_end)
        self.objective = Objective(objective)
        self.num_steps = num_steps

    def add_noise(
        self, x0: torch.Tensor, eps: torch.Tensor, time: torch.Tensor
    ) -> torch.Tensor:
        """Return the noisy latent; see ``AbsProcess``."""
        return self.schedule.add_noise(x0, eps, time)

    def target(
        self, x0: torch.Tensor, eps: torch.Tensor, time: torch.Tensor
    ) -> torch.Tensor:
        """Return what the network is to predict; see ``AbsProcess``."""
        return self.objective.target(x0, eps, *self.schedule.weights(time))

    def to_eps(
        self, predicted: torch.Tensor, noisy: torch.Tensor, time: torch.Tensor
    ) -> torch.Tensor:
        """Return the noise that a prediction implies; see ``AbsProcess``."""
        return self.objective.to_eps(predicted, noisy, *self.schedule.weights(time))

    def to_x0(
        self, predicted: torch.Tensor, noisy: torch.Tensor, time: torch.Tensor
    ) -> torch.Tensor:
        """Return the clean latent that a prediction implies; see ``AbsProcess``."""
        return self.objective.to_x0(predicted, noisy, *self.schedule.weights(time))

    def build_scheduler(self, name: str) -> Any:
        """Build a solver of diffusers for the schedule and the objective.

        Args:
            name: ``ddim`` (published), ``dpm++``, or a scheduler class of diffusers
                that takes betas.

        Returns:
            The scheduler.
        """
        needed = {
            "num_train_timesteps": self.num_steps,
            "beta_start": self.schedule.beta_start,
            "beta_end": self.schedule.beta_end,
            "beta_schedule": "scaled_linear",
            "prediction_type": self.objective.prediction_type,
        }
        return build_solver(name, needed)
