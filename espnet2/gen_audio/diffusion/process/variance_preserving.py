"""The variance-preserving process: x_n = signal[n] x_0 + sigma[n] eps.

Shapes: every latent (B, C, T, F); signal and sigma (B, 1, 1, 1), with
signal^2 + sigma^2 = 1.
Source: eps, DDPM, arXiv:2006.11239; x0 and v = signal eps - sigma x0, arXiv:2202.00512
(appendix D). AudioLDM 2 uses it with eps as the target. Predicting x0 is trivial at the
first steps, predicting eps is trivial at the last steps; predicting v has similar
difficulty at all steps.
"""

from collections.abc import Mapping
from typing import Any

import torch

from espnet2.gen_audio.diffusion.process.abs_process import AbsProcess
from espnet2.gen_audio.diffusion.process.loss_weights import NONE, LossWeighting
from espnet2.gen_audio.diffusion.process.schedule import (
    SCALED_LINEAR,
    NoiseSchedule,
)
from espnet2.gen_audio.diffusion.process.solvers import (
    OPTIONS,
    build_solver,
    ddim_options,
)

# name in our configs -> prediction_type of diffusers' schedulers
PREDICTION_TYPES = {"eps": "epsilon", "v": "v_prediction", "x0": "sample"}


class VariancePreserving(AbsProcess):
    """Add noise by a schedule of betas; the network predicts eps, v or x0.

    Args:
        num_steps: Number of steps N.
        beta_start: Variance of the noise that the first step adds.
        beta_end: Variance of the noise that the last step adds.
        objective: Target of the network: ``eps`` (published), ``v`` or ``x0``.
        beta_schedule: See ``NoiseSchedule``.
        ddim_conf: Arguments of diffusers' ``DDIMScheduler`` that differ from the
            published ones, for example ``clip_sample``; they do not affect other
            solvers.
        loss_weighting: Weights of the training loss by time: ``none`` (published: 1),
            or ``min_snr``, see ``LossWeighting``.
        min_snr_gamma: Signal-to-noise ratio above which min-SNR weights are limited.

    Raises:
        ValueError: If ``ddim_conf`` has an unknown key, objective or weighting are
            unknown, or gamma is out of range.
    """

    def __init__(
        self,
        num_steps: int = 1000,
        beta_start: float = 0.0015,
        beta_end: float = 0.0195,
        objective: str = "eps",
        beta_schedule: str = SCALED_LINEAR,
        ddim_conf: Mapping[str, Any] | None = None,
        loss_weighting: str = NONE,
        min_snr_gamma: float = 5.0,
    ):
        super().__init__()
        if objective not in PREDICTION_TYPES:
            raise ValueError(
                f"objective {objective!r} is unknown; use {', '.join(PREDICTION_TYPES)}"
            )
        self.schedule = NoiseSchedule(num_steps, beta_start, beta_end, beta_schedule)
        self.ddim_options = ddim_options(ddim_conf or {})
        self.weighting = LossWeighting(loss_weighting, min_snr_gamma)
        self.objective = objective
        self.num_steps = num_steps

    def loss_weights(self, time: torch.Tensor) -> torch.Tensor:
        """Return the weight of each clip's error, (B,); see ``LossWeighting``."""
        return self.weighting.of_snr(self.schedule.snr(time), self.objective)

    def add_noise(
        self, x0: torch.Tensor, eps: torch.Tensor, time: torch.Tensor
    ) -> torch.Tensor:
        """Return the noisy latent; see ``AbsProcess``."""
        return self.schedule.add_noise(x0, eps, time)

    def target(
        self, x0: torch.Tensor, eps: torch.Tensor, time: torch.Tensor
    ) -> torch.Tensor:
        """Return the target of the network; see ``AbsProcess``."""
        if self.objective == "eps":
            return eps
        if self.objective == "x0":
            return x0
        signal, sigma = self.schedule.weights(time)
        return signal * eps - sigma * x0

    def to_eps(
        self, predicted: torch.Tensor, noisy: torch.Tensor, time: torch.Tensor
    ) -> torch.Tensor:
        """Return the noise that a prediction implies; see ``AbsProcess``."""
        if self.objective == "eps":
            return predicted
        signal, sigma = self.schedule.weights(time)
        if self.objective == "x0":
            return (noisy - signal * predicted) / sigma
        return sigma * noisy + signal * predicted

    def to_x0(
        self, predicted: torch.Tensor, noisy: torch.Tensor, time: torch.Tensor
    ) -> torch.Tensor:
        """Return the clean latent that a prediction implies; see ``AbsProcess``."""
        if self.objective == "x0":
            return predicted
        signal, sigma = self.schedule.weights(time)
        if self.objective == "eps":
            return (noisy - sigma * predicted) / signal
        return signal * noisy - sigma * predicted

    def build_scheduler(self, name: str) -> Any:
        """Build a solver of diffusers for the schedule and the objective.

        Args:
            name: ``ddim`` (published), ``dpm++``, or a scheduler class of diffusers
                that accepts betas.

        Returns:
            The scheduler.
        """
        needed = {
            "num_train_timesteps": self.num_steps,
            "beta_start": self.schedule.beta_start,
            "beta_end": self.schedule.beta_end,
            "beta_schedule": self.schedule.beta_schedule,
            "prediction_type": PREDICTION_TYPES[self.objective],
        }
        options = {**OPTIONS, "DDIMScheduler": self.ddim_options}
        return build_solver(name, needed, options=options)
