"""Train a student: average velocities of a teacher's guided flow.

Each clip of a training step has an interval r to t. If it has no length, the target is
the teacher's velocity with guidance of a drawn scale; else it is the average over both
parts of the interval, by the student itself without gradient (``splitting``). Guidance
is thus inside the student, and one pass of the network makes a step of sampling.

Shapes: B clips, C latent channels, T' latent frames, F' latent bins.
Source: SplitMeanFlow, arXiv:2507.16884; guidance scale as an input: arXiv:2210.03142.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import torch

from espnet2.gen_audio.condition.condition import Conditions, rows_where
from espnet2.gen_audio.diffusion.backbone.abs_backbone import AbsBackbone
from espnet2.gen_audio.diffusion.conditions import LatentConditions
from espnet2.gen_audio.diffusion.espnet_model import ESPnetLatentDiffusionModel
from espnet2.gen_audio.diffusion.finite_loss import not_finite
from espnet2.gen_audio.diffusion.process.even_steps import NAME
from espnet2.gen_audio.diffusion.process.rectified_flow import RectifiedFlow
from espnet2.gen_audio.diffusion.student.damped_flow import damped
from espnet2.gen_audio.diffusion.student.distances import relative_distances
from espnet2.gen_audio.diffusion.student.inputs import (
    student_conditions,
    student_specs,
)
from espnet2.gen_audio.diffusion.student.intervals import Intervals, draw_intervals
from espnet2.gen_audio.diffusion.student.option_checks import (
    refuse_counts,
    refuse_fractions,
    refuse_scales,
)
from espnet2.gen_audio.diffusion.student.splitting import integrate, split_average
from espnet2.gen_audio.diffusion.student.teacher import Teacher
from espnet2.gen_audio.ranks import raise_on_every_rank
from espnet2.gen_audio.seeding import generators_of, normal_of

GUIDANCE_RANGE = (1.0, 6.0)  # scales of a student whose config names none
LEAST_ERROR = 1e-3  # added to squared errors before they weight the loss


class ESPnetStudentModel(ESPnetLatentDiffusionModel):
    """Predict the average velocity of a teacher over an interval.

    Args:
        unet: The network, with the conditions of the teacher and of the student.
        process: The flow in which its prediction is read as a velocity.
        conditions: Reads and drops the teacher's conditions.
        latent_scale: Scale of the teacher.
        ema_decay: Decay of the moving average of the weights; None for no average.
        ema_ramp: Whether to use a smaller decay during the first updates.
        guidance_range: Smallest and largest guidance scale; training draws from it
            uniformly, and sampling accepts no other.
        valid_scale: Guidance scale of validation.
        passes: Numbers of passes to train for; validation measures all of them.
        valid_steps: Steps of the teacher's result in validation.
        p_instant: Probability that the target of a clip is the teacher's velocity.
        p_grid: Probability that an interval is a step of sampling in ``passes``.
        error_power: The squared error of a clip is divided by its own value to this
            power: 0 for squared errors; above 0, clips with large errors count less
            (MeanFlow, arXiv:2505.13447, section 4.3).
        damping: For teachers that predict eps; see ``damped_flow``.

    Raises:
        ValueError: If a number is out of range.
    """

    added = frozenset(spec.name for spec in student_specs())

    def __init__(
        self,
        unet: AbsBackbone,
        process: RectifiedFlow,
        conditions: LatentConditions,
        latent_scale: float = 1.0,
        ema_decay: float | None = 0.9999,
        ema_ramp: bool = True,
        guidance_range: Sequence[float] = GUIDANCE_RANGE,
        valid_scale: float = 3.5,
        passes: Sequence[int] = (1, 2, 4),
        valid_steps: int = 25,
        p_instant: float = 0.5,
        p_grid: float = 0.5,
        error_power: float = 0.5,
        damping: float = 0.0,
    ):
        process = damped(process, damping)
        super().__init__(unet, process, conditions, latent_scale, ema_decay, ema_ramp)
        fractions = {"p_instant": p_instant, "p_grid": p_grid}
        refuse_fractions(fractions | {"error_power": error_power})
        refuse_scales(guidance_range, valid_scale)
        refuse_counts(passes, valid_steps)
        conditions.requires_grad_(False)  # the teacher's text encoder
        self.guidance_range = tuple(map(float, guidance_range))
        self.valid_scale = valid_scale
        self.passes = tuple(passes)
        self.valid_steps = valid_steps
        self.p_instant = p_instant
        self.p_grid = p_grid
        self.error_power = error_power
        self.teacher: Teacher | None = None

    def learn_from(self, teacher: Teacher, start: bool) -> None:
        """Set the teacher.

        Args:
            teacher: The teacher.
            start: Whether to start with its weights; the student then predicts the
                teacher's conditional velocity, whatever the interval and the scale.

        Raises:
            ValueError: If the teacher has other layers.
        """
        self.teacher = teacher
        if start:
            teacher.copy_to(self)

    def average(
        self,
        noisy: torch.Tensor,
        low: torch.Tensor,
        high: torch.Tensor,
        scale: torch.Tensor,
        conditions: Conditions,
    ) -> torch.Tensor:
        """Return the average velocity over an interval.

        Args:
            noisy: Latents at ``high``, (B, C, T', F').
            low: Ends of the intervals, fractions of the time axis, (B,).
            high: Starts of the intervals, (B,).
            scale: Guidance scale of each clip, (B,).
            conditions: The teacher's conditions by name, B rows each.

        Returns:
            Average velocities, (B, C, T', F').
        """
        time = high * self.process.num_steps
        given, step = self.process.to_network(noisy, time)
        added = student_conditions(high - low, scale, given)
        predicted = self.unet(given, step, {**conditions, **added})
        return self.process.to_scheduler(predicted.to(noisy.dtype), noisy, time)

    @torch.no_grad()
    def generate(
        self, noise: torch.Tensor, passes: int, scale: float, conditions: Conditions
    ) -> torch.Tensor:
        """Sample latents.

        Args:
            noise: Standard normal noise, (B, C, T', F').
            passes: Number of passes.
            scale: Guidance scale.
            conditions: The teacher's conditions by name, B rows each.

        Returns:
            Scaled latents, (B, C, T', F').
        """
        solver = self.process.build_scheduler(NAME)
        scales = torch.full((len(noise),), scale).to(noise)
        return integrate(
            lambda z, low, high: self.average(z, low, high, scales, conditions),
            solver.init_noise_sigma * noise,
            solver.last,
            passes,
        )

    def refuse_scale(self, scale: float) -> None:
        """Refuse a guidance scale that the student was not trained for.

        Args:
            scale: The scale.

        Raises:
            ValueError: If it is outside ``guidance_range``.
        """
        low, high = self.guidance_range
        if not low <= scale <= high:
            raise ValueError(
                f"guidance_scale {scale:g} was given, but this student was trained for "
                f"{low:g} to {high:g}; give one of these, or use the preset balanced"
            )

    def loss_of(
        self,
        latent: torch.Tensor,
        conditions: Conditions,
        utt_id: Sequence[str] | None,
        data: Mapping[str, Any] | None = None,
    ) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
        """Return the loss for given conditions.

        In validation it is the mean over ``passes`` of the distance between the latents
        of student and teacher from the same noise, as a fraction of the distance of the
        teacher's own single step.

        Args:
            latent: Posteriors, (B, T', 2 C F').
            conditions: The teacher's conditions by name, B rows each.
            utt_id: Ids of the clips, which seed the noise of validation.
            data: Unused.

        Returns:
            Loss and statistics, detached.

        Raises:
            RuntimeError: If the loss of a clip is not finite.
            ValueError: If there is no teacher, or validation has no ids.
        """
        if self.teacher is None:
            raise ValueError(
                "a student without its teacher cannot be trained; give --teacher "
                f"FOLDER, the experiment of the diffusion model, not {self.teacher}"
            )
        mean, log_variance = self._posterior(latent)
        if not self.training:
            distances = self._distances(mean, conditions, utt_id)
            loss = torch.stack(list(distances.values())).mean(dim=0)
            stats = {name: value.mean() for name, value in distances.items()}
        else:
            std = (0.5 * log_variance).exp()
            x0 = self.latent_scale * (mean + std * torch.randn_like(mean))
            error = self._errors_of(x0, self.conditions.drop(conditions))
            loss = error / (error.detach() + LEAST_ERROR) ** self.error_power
            stats = {"u_mse": error.detach().mean()}
        raise_on_every_rank(not_finite(loss, utt_id), loss.device)
        return loss.mean(), {"loss": loss.detach().mean(), **stats}

    def _errors_of(self, x0: torch.Tensor, conditions: Conditions) -> torch.Tensor:
        """Return each clip's squared error for drawn intervals and scales, (B,)."""
        rows, device = len(x0), x0.device
        # drawn on the CPU, so that results do not depend on the device
        intervals = draw_intervals(
            rows, self.process.last, self.p_instant, self.p_grid, self.passes
        ).to(device)
        low, high = self.guidance_range
        scale = (low + (high - low) * torch.rand(rows)).to(device)
        time = intervals.high * self.process.num_steps
        noisy = self.process.add_noise(x0, torch.randn_like(x0), time)
        target = self._targets(noisy, intervals, scale, conditions)
        ends = intervals.low, intervals.high
        predicted = self.average(noisy, *ends, scale, conditions)
        return (predicted - target).square().mean(dim=(1, 2, 3))

    @torch.no_grad()
    def _targets(
        self,
        noisy: torch.Tensor,
        intervals: Intervals,
        scale: torch.Tensor,
        conditions: Conditions,
    ) -> torch.Tensor:
        """Return the average velocities that the network learns, (B, C, T', F')."""
        target, instant = torch.empty_like(noisy), intervals.instant
        if instant.any():
            target[instant] = self.teacher.velocity(
                noisy[instant],
                intervals.high[instant],
                scale[instant],
                rows_where(conditions, instant),
            )
        longer = ~instant
        if longer.any():
            own = scale[longer], rows_where(conditions, longer)
            target[longer] = split_average(
                lambda latent, low, high: self.average(latent, low, high, *own),
                noisy[longer],
                intervals.low[longer],
                intervals.middle[longer],
                intervals.high[longer],
            )
        return target

    @torch.no_grad()
    def _distances(
        self,
        like: torch.Tensor,
        conditions: Conditions,
        utt_id: Sequence[str] | None,
    ) -> dict[str, torch.Tensor]:
        """Return the distance of each clip, (B,), for each number of passes."""
        if utt_id is None:
            raise ValueError(
                f"utt_id seeds validation, but this batch of {len(like)} has none; "
                "give the ids of its clips"
            )
        noise = normal_of(generators_of(0, utt_id), like.shape[1:]).to(like)
        solver = self.process.build_scheduler(NAME)
        scale = torch.full((len(like),), self.valid_scale).to(like)
        return relative_distances(
            lambda z, low, high: self.teacher.velocity(z, high, scale, conditions),
            lambda z, low, high: self.average(z, low, high, scale, conditions),
            solver.init_noise_sigma * noise,
            solver.last,
            self.valid_steps,
            self.passes,
        )
