"""A network trained with betas, read as the velocity of a rectified flow.

The variance-preserving latent x_n = signal x_0 + sigma eps and the linear mixture
z = (1 - s) x_0 + s eps are one latent in two scales::

    s = sigma / (signal + sigma),   z = x_n / (signal + sigma)

so eps, v or x0 of the network at step n determines the velocity eps - x_0 at s without
approximation, and a step of DDIM with eta 0 is an Euler step of z. Between two steps of
the schedule, n is interpolated linearly in the logit of s, which is the logarithm of
sigma / signal; the network gets fractional steps. The schedule does not reach the ends
of the time axis. Its last step still has some signal: the largest s is a little below 1
(0.988 for the published betas). Its first step has some noise: below its s (0.037), the
network gets step 0, which is an approximation.

Shapes: every latent (B, C, T, F); s (B, 1, 1, 1).
Source: change of variables, arXiv:2107.00630 (appendix), arXiv:2303.00848 (appendix)
and arXiv:2403.03206, section 2: processes with equal signal-to-noise ratio differ by
scale only.
"""

from collections.abc import Mapping
from typing import Any

import torch

from espnet2.gen_audio.diffusion.process.even_steps import NAME
from espnet2.gen_audio.diffusion.process.loss_weights import NONE
from espnet2.gen_audio.diffusion.process.rectified_flow import RectifiedFlow
from espnet2.gen_audio.diffusion.process.schedule import SCALED_LINEAR
from espnet2.gen_audio.diffusion.process.variance_preserving import VariancePreserving

SHORT_NAMES = ("euler", "heun")


class BetasAsFlow(RectifiedFlow):
    """The flow whose velocity a network predicts that was trained with betas.

    In a config, it takes the place of ``variance_preserving`` and has the same
    arguments. The loss in training is the error of the network's own target.

    Args:
        num_steps: Number of steps N, and upper end of the time axis: s is time / N.
        beta_start: See ``NoiseSchedule``.
        beta_end: See ``NoiseSchedule``.
        objective: Target of the network: ``eps``, ``v`` or ``x0``.
        beta_schedule: See ``NoiseSchedule``.
        ddim_conf: Accepted, so that a config fits; unused, because diffusers' class of
            DDIM is not among the solvers of a flow.
        loss_weighting: See ``VariancePreserving``.
        min_snr_gamma: See ``VariancePreserving``.

    Attributes:
        betas: The process of the network.
        last: Largest s, that of the last step.
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
        betas = VariancePreserving(
            num_steps,
            beta_start,
            beta_end,
            objective,
            beta_schedule,
            ddim_conf,
            loss_weighting,
            min_snr_gamma,
        )
        self._read(betas)

    @classmethod
    def of(cls, betas: VariancePreserving) -> "BetasAsFlow":
        """Return the flow of a network's process.

        Args:
            betas: The process that the network was trained with.

        Returns:
            The flow.
        """
        flow = cls.__new__(cls)
        flow._read(betas)
        return flow

    def _read(self, betas: VariancePreserving) -> None:
        """Compute the logits of s at all steps; both constructors end here."""
        super().__init__(betas.num_steps)
        self.betas = betas
        schedule = betas.schedule
        ratio = schedule.sigma.double().cpu() / schedule.signal.double().cpu()
        # no buffer: half precision of a model must not reach the times
        self._logits = ratio.log()
        self.last = float(self._logits[-1].sigmoid())

    def draw_times(self, batch: int) -> torch.Tensor:
        """Draw the times of a training batch, uniform and continuous, (B,)."""
        return self.last * super().draw_times(batch)

    def time_at(self, fraction: float) -> float:
        """Return the time at a fraction of the time axis; see ``AbsProcess``."""
        return self.last * super().time_at(fraction)

    def loss_weights(self, time: torch.Tensor) -> torch.Tensor:
        """Return the weight of each clip's error, (B,); see ``LossWeighting``."""
        share = time / self.num_steps
        snr = ((1.0 - share) / share).square()
        return self.betas.weighting.of_snr(snr, self.betas.objective)

    def target(
        self, x0: torch.Tensor, eps: torch.Tensor, time: torch.Tensor
    ) -> torch.Tensor:
        """Return the target of the network: eps, x0 or v; see ``AbsProcess``."""
        objective, share = self.betas.objective, self._noise_share(time)
        if objective == "eps":
            return eps
        if objective == "x0":
            return x0
        return ((1.0 - share) * eps - share * x0) / _norm(share)

    def to_network(
        self, noisy: torch.Tensor, time: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the latent in the network's scale, and its step; see ``AbsProcess``.

        Args:
            noisy: Latent z of the flow, (B, C, T, F).
            time: Time of each clip, s N, (B,).

        Returns:
            Latent x_n, (B, C, T, F), and the step n, fractional, (B,).
        """
        return noisy / _norm(self._noise_share(time)), self.step_of(time)

    def step_of(self, time: torch.Tensor) -> torch.Tensor:
        """Return the step of the schedule with equal signal-to-noise ratio.

        Args:
            time: Times of the flow, s N, (B,).

        Returns:
            Steps, fractional, within 0 to N - 1, (B,).
        """
        table = self._logits.to(time.device)
        wanted = torch.logit(time.double() / self.num_steps)
        above = torch.searchsorted(table, wanted).clamp(1, len(table) - 1)
        low, high = table[above - 1], table[above]
        step = above - 1 + (wanted - low) / (high - low)
        return step.clamp(0, len(table) - 1).to(time.dtype)

    def time_of(self, step: torch.Tensor) -> torch.Tensor:
        """Return the time of the flow that belongs to a step of the schedule.

        Args:
            step: Steps, whole, (B,).

        Returns:
            Times s N, in double precision, (B,).
        """
        return self._logits.to(step.device)[step].sigmoid() * self.num_steps

    def to_scheduler(
        self, predicted: torch.Tensor, noisy: torch.Tensor, time: torch.Tensor
    ) -> torch.Tensor:
        """Return the velocity that a prediction implies; see ``AbsProcess``."""
        objective, share = self.betas.objective, self._noise_share(time)
        if objective == "eps":
            return (predicted - noisy) / (1.0 - share)
        if objective == "x0":
            return (noisy - predicted) / share
        norm = _norm(share)
        return (norm * predicted - (1.0 - 2.0 * share) * noisy) / norm.square()

    def to_eps(
        self, predicted: torch.Tensor, noisy: torch.Tensor, time: torch.Tensor
    ) -> torch.Tensor:
        """Return the noise that a prediction implies; see ``AbsProcess``."""
        if self.betas.objective == "eps":
            return predicted
        velocity = self.to_scheduler(predicted, noisy, time)
        return super().to_eps(velocity, noisy, time)

    def to_x0(
        self, predicted: torch.Tensor, noisy: torch.Tensor, time: torch.Tensor
    ) -> torch.Tensor:
        """Return the clean latent that a prediction implies; see ``AbsProcess``."""
        if self.betas.objective == "x0":
            return predicted
        velocity = self.to_scheduler(predicted, noisy, time)
        return super().to_x0(velocity, noisy, time)

    def build_scheduler(self, name: str) -> Any:
        """Build a solver of diffusers for flow matching that starts at ``last``.

        Args:
            name: ``euler`` or ``heun``, or their classes in diffusers;
                ``average_velocity`` for a network that predicts an average.

        Returns:
            The scheduler.

        Raises:
            ValueError: If the solver cannot start below pure noise.
        """
        scheduler = super().build_scheduler(name)
        if name != NAME and not hasattr(scheduler, "sigma_max"):
            raise ValueError(
                f"scheduler {name!r} cannot start at {self.last:.3f} of the noise, "
                f"where the betas end; use {' or '.join(SHORT_NAMES)}, or dpm++ with "
                "process variance_preserving"
            )
        scheduler.sigma_max = self.last
        # the noise is the variance-preserving latent of the last step
        scheduler.init_noise_sigma = float(_norm(torch.tensor(self.last)))
        return scheduler


def _norm(share: torch.Tensor) -> torch.Tensor:
    """Return 1 / (signal + sigma), which scales x_n to z, in the shape of s."""
    return ((1.0 - share).square() + share.square()).sqrt()


def flow_of(process: Any) -> RectifiedFlow:
    """Return the flow in which a network's prediction is a velocity.

    Args:
        process: The process that the network was trained with.

    Returns:
        The process itself if it is a flow; for betas, ``BetasAsFlow``.

    Raises:
        ValueError: If the process is neither.
    """
    if isinstance(process, RectifiedFlow):
        return process
    if isinstance(process, VariancePreserving):
        return BetasAsFlow.of(process)
    raise ValueError(
        f"{type(process).__name__} cannot be read as a velocity; use a model with "
        "process variance_preserving or rectified_flow"
    )
