"""Rectified flow: x_s = (1 - s) x_0 + s eps, with s from 0 (clean) to 1 (noise).

Unlike the variance-preserving process with the published betas, its last time is pure
noise: nothing of the latent is left there, so that sampling starts where training
ended. Times are s times ``num_steps``, and continuous.

Shapes: every latent (B, C, T, F); s (B, 1, 1, 1).
Source: rectified flow, arXiv:2209.03003, where time runs from noise to data, opposite
to here; shifted times, arXiv:2403.03206, eq. 23. Times in training are uniform, unless
``step_distribution`` of ``--model_conf`` names another distribution.
"""

import math
from typing import Any

import torch

from espnet2.gen_audio.diffusion.process.abs_process import AbsProcess
from espnet2.gen_audio.diffusion.process.even_steps import NAME, EvenSteps
from espnet2.gen_audio.diffusion.process.solvers import build_solver

# DDIM without noise is Euler's method for the flow (arXiv:2010.02502, section 4.3),
# so that the published options have a meaning here, too.
SHORT_NAMES = {
    "euler": "FlowMatchEulerDiscreteScheduler",
    "ddim": "FlowMatchEulerDiscreteScheduler",
    "heun": "FlowMatchHeunDiscreteScheduler",
    "dpm++": "DPMSolverMultistepScheduler",
}


class RectifiedFlow(AbsProcess):
    """Mix latent and noise linearly; the network predicts the velocity eps - x_0.

    Args:
        num_steps: Upper end of the time axis, as the network gets it; with the
            published 1000, time embeddings fit weights that were trained with betas.
        shift: Shift of the solver's times: s becomes shift s / (1 + (shift - 1) s).
            Above 1 means more steps at much noise. Training does not depend on it.

    Attributes:
        last: Largest s, at which sampling starts: 1, pure noise.

    Raises:
        ValueError: If a number is out of range.
    """

    takes_eta = False

    def __init__(self, num_steps: int = 1000, shift: float = 1.0):
        super().__init__()
        if num_steps < 2 or not 0.0 < shift < math.inf:
            raise ValueError(
                f"num_steps {num_steps} must be at least 2 and shift {shift} above 0 "
                "and finite, for example 1000 and 1"
            )
        self.num_steps = num_steps
        self.shift = shift
        self.last = 1.0

    def draw_times(self, batch: int) -> torch.Tensor:
        """Draw the times of a training batch, uniform and continuous, (B,)."""
        return torch.rand(batch) * self.num_steps

    def time_at(self, fraction: float) -> float:
        """Return the time at a fraction of the time axis; see ``AbsProcess``."""
        return fraction * self.num_steps

    def add_noise(
        self, x0: torch.Tensor, eps: torch.Tensor, time: torch.Tensor
    ) -> torch.Tensor:
        """Return the noisy latent; see ``AbsProcess``."""
        share = self._noise_share(time)
        return (1.0 - share) * x0 + share * eps

    def target(
        self, x0: torch.Tensor, eps: torch.Tensor, time: torch.Tensor
    ) -> torch.Tensor:
        """Return the velocity of the path from x_0 to eps; see ``AbsProcess``."""
        return eps - x0

    def to_eps(
        self, predicted: torch.Tensor, noisy: torch.Tensor, time: torch.Tensor
    ) -> torch.Tensor:
        """Return the noise that a velocity implies; see ``AbsProcess``."""
        return noisy + (1.0 - self._noise_share(time)) * predicted

    def to_x0(
        self, predicted: torch.Tensor, noisy: torch.Tensor, time: torch.Tensor
    ) -> torch.Tensor:
        """Return the clean latent that a velocity implies; see ``AbsProcess``."""
        return noisy - self._noise_share(time) * predicted

    def build_scheduler(self, name: str) -> Any:
        """Build a solver of diffusers for flow matching, or that of a student.

        Args:
            name: ``euler`` or ``ddim``, ``heun``, ``dpm++``, or a scheduler class of
                diffusers that is made for flow matching or has ``use_flow_sigmas``;
                ``average_velocity`` for a network that predicts an average.

        Returns:
            The scheduler.
        """
        if name == NAME:
            return EvenSteps(self.num_steps, self.last)
        needed: dict[str, Any] = {"num_train_timesteps": self.num_steps}
        if SHORT_NAMES.get(name, name).startswith("FlowMatch"):
            needed |= {"shift": self.shift}
        else:
            needed |= {"use_flow_sigmas": True, "flow_shift": self.shift}
            needed |= {"prediction_type": "flow_prediction"}
        return build_solver(name, needed, SHORT_NAMES, options={})

    def _noise_share(self, time: torch.Tensor) -> torch.Tensor:
        """Return s of each clip, broadcastable to latents, (B, 1, 1, 1)."""
        return (time / self.num_steps).view(-1, 1, 1, 1)
