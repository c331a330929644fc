"""Train a backbone on stored latents: the diffusion loss and the validation error.

Shapes: B clips, R rows (``draws_per_clip`` rows for each clip), C latent channels, T'
latent frames, F' latent bins, L positions, D features.
Source: AudioLDM 2, arXiv:2308.05734, section III-D, eq. 9: the latent is drawn from the
VAE's posterior and scaled, a time is drawn for each clip, and the network predicts the
target of the process. The loss is averaged over the latent, then over the batch.
"""

import contextlib
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import torch
from espnet2.torch_utils.device_funcs import force_gatherable
from espnet2.train.abs_espnet_model import AbsESPnetModel

from espnet2.gen_audio.condition.condition import Conditions, repeat_rows
from espnet2.gen_audio.diffusion.alignment import MiddleAlignment
from espnet2.gen_audio.diffusion.backbone.abs_backbone import AbsBackbone
from espnet2.gen_audio.diffusion.conditions import LatentConditions
from espnet2.gen_audio.diffusion.finite_loss import not_finite
from espnet2.gen_audio.diffusion.process.abs_process import AbsProcess
from espnet2.gen_audio.diffusion.process.step_distribution import (
    UNIFORM,
    StepDistribution,
)
from espnet2.gen_audio.ema import WeightAverage
from espnet2.gen_audio.encoder.batch import refuse_padding
from espnet2.gen_audio.feats.clip import ClipGeometry
from espnet2.gen_audio.ranks import raise_on_every_rank
from espnet2.gen_audio.seeding import fraction_of, generator_of, normal_of
from espnet2.gen_audio.vae.posterior import frames_to_posterior


class ESPnetLatentDiffusionModel(AbsESPnetModel):
    """Predict eps, or another target of the process, from noisy VAE latents.

    Args:
        unet: The network, under its name in published weights.
        process: The diffusion process, which adds noise and defines the target.
        conditions: Reads, pools and drops the conditions.
        latent_scale: Factor that scales the training latents to a std of 1.
        ema_decay: Decay of the moving average of the network's weights; None for no
            average.
        ema_ramp: Whether to use a smaller decay during the first updates.
        valid_draws: Number of noise levels at which the error of each validation clip
            is measured, one in each of ``valid_draws`` equal intervals of the time
            axis.
        step_distribution: Distribution of the times of a training step: ``uniform``
            (published: the distribution of the process), ``stratified`` or
            ``logit_normal``, see ``StepDistribution``. Validation does not depend on
            it.
        logit_mean: Mean of the normal number of ``logit_normal``.
        logit_std: Standard deviation of this normal number.
        draws_per_clip: Number of draws of time, noise and drop masks for each clip in a
            training step; the loss is the mean over draws.
        alignment: Aligns the network's middle features with patch features in training;
            None for the diffusion loss only.

    Attributes:
        added: Conditions of the network that do not come from the data.

    Raises:
        ValueError: If a number is out of range, or network and conditions do not fit.
    """

    added: ClassVar[frozenset[str]] = frozenset()

    def __init__(
        self,
        unet: AbsBackbone,
        process: AbsProcess,
        conditions: LatentConditions,
        latent_scale: float = 1.0,
        ema_decay: float | None = 0.9999,
        ema_ramp: bool = True,
        valid_draws: int = 1,
        step_distribution: str = UNIFORM,
        logit_mean: float = 0.0,
        logit_std: float = 1.0,
        draws_per_clip: int = 1,
        alignment: MiddleAlignment | None = None,
    ):
        super().__init__()
        widths = {n: w for n, w in unet.widths.items() if n not in self.added}
        if widths != conditions.widths:
            raise ValueError(
                f"the network has conditions of widths {widths}, but the given "
                f"conditions have {conditions.widths}; make them equal"
            )
        if not 0.0 < latent_scale < float("inf") or valid_draws < 1:
            raise ValueError(
                f"latent_scale {latent_scale} must be above 0 and valid_draws "
                f"{valid_draws} at least 1"
            )
        if not isinstance(draws_per_clip, int) or draws_per_clip < 1:
            raise ValueError(
                f"draws_per_clip {draws_per_clip!r} must be a whole number of at least "
                "1, for example 1, the default"
            )
        self.unet = unet
        self.process = process
        self.conditions = conditions
        self.latent_scale = latent_scale
        self.valid_draws = valid_draws
        self.step_distribution = StepDistribution(
            step_distribution, logit_mean, logit_std
        )
        self.draws_per_clip = draws_per_clip
        self.alignment = alignment
        self.ema = None
        if ema_decay is not None:
            self.ema = WeightAverage(unet, ema_decay, ema_ramp)

    @property
    def geometry(self) -> ClipGeometry:
        """Lengths of a clip."""
        return self.conditions.geometry

    @property
    def pool_factor(self) -> int:
        """Pooling factor of patch grids, such as LOA, outside training."""
        return self.conditions.pool_factor

    def forward(
        self,
        latent: torch.Tensor,
        latent_lengths: torch.Tensor,
        utt_id: Sequence[str] | None = None,
        **batch: torch.Tensor,
    ) -> tuple[torch.Tensor, dict[str, torch.Tensor], torch.Tensor]:
        """Return the loss of one batch.

        Args:
            latent: Posteriors that ``dump_latent`` stored, (B, T', 2 C F').
            latent_lengths: Number of frames of each clip, always T', (B,).
            utt_id: Ids of the clips; validation needs them.
            **batch: The data of every condition with their lengths, see
                ``LatentConditions.of_batch``; other streams are not used.

        Returns:
            Loss, statistics to log (``loss``, ``eps_mse`` and, if measured,
            ``alignment``), and the batch size.
        """
        refuse_padding("latent", latent, latent_lengths, utt_id)
        conditions = self.conditions.of_batch(batch, utt_id=utt_id)
        loss, stats = self.loss_of(latent, conditions, utt_id, batch)
        return force_gatherable((loss, stats, len(latent)), loss.device)

    def loss_of(
        self,
        latent: torch.Tensor,
        conditions: Conditions,
        utt_id: Sequence[str] | None,
        data: Mapping[str, Any] | None = None,
    ) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
        """Return the loss for given conditions, including alignment if there is one.

        In training, conditions are dropped at random, independently for each row, so
        that n draws of a clip have the distribution of n training steps. In validation,
        the clip's id seeds times and noise, and no condition is dropped.

        Args:
            latent: Posteriors, (B, T', 2 C F').
            conditions: The model's conditions by name, B rows each.
            utt_id: Ids of the clips.
            data: Data of the batch, with the targets of alignment.

        Returns:
            Loss and statistics, detached.

        Raises:
            RuntimeError: If the loss of a clip is not finite; the message names the
                clips.
        """
        draws = self.draws_per_clip if self.training else 1
        if draws > 1:  # repeats each clip in succession
            latent = latent.repeat_interleave(draws, dim=0)
            conditions = repeat_rows(conditions, draws)
        mean, log_variance = self._posterior(latent)
        std = (0.5 * log_variance).exp()
        if self.training:
            conditions = self.conditions.drop(conditions)
        totals = []
        with self._alignment_errors(data or {}, utt_id) as alignment_errors:
            for time, posterior_noise, eps in self._draws(mean, utt_id):
                x0 = self.latent_scale * (mean + std * posterior_noise)
                totals.append(self._errors(x0, eps, time, conditions))
        errors = torch.stack(totals).mean(dim=0)  # (2, R)
        loss, eps_mse = errors.unflatten(1, (-1, draws)).mean(dim=2)  # (B,) each
        shown: dict[str, torch.Tensor] = {}
        if self.alignment is not None:
            loss, shown = self.alignment.add_to(loss, alignment_errors)
        raise_on_every_rank(not_finite(loss, utt_id), loss.device)
        loss, eps_mse = loss.mean(), eps_mse.mean()
        return loss, {"loss": loss.detach(), "eps_mse": eps_mse.detach(), **shown}

    def collect_feats(
        self, latent: torch.Tensor, latent_lengths: torch.Tensor, **batch: torch.Tensor
    ) -> dict[str, torch.Tensor]:
        """Return the data of which ESPnet collects statistics.

        Args:
            latent: Posteriors, (B, T', 2 C F').
            latent_lengths: Number of frames of each clip, (B,).
            **batch: Unused.

        Returns:
            The posteriors and their lengths.
        """
        return {"latent": latent, "latent_lengths": latent_lengths}

    def update_ema(self) -> None:
        """Update the moving average of the weights; call after each optimiser step."""
        if self.ema is not None:
            self.ema.update(self.unet)

    def ema_weights(self) -> contextlib.AbstractContextManager[None]:
        """Return a context inside which the network has its averaged weights."""
        return self.ema.swapped(self.unet) if self.ema else contextlib.nullcontext()

    def use_ema(self) -> None:
        """Replace the network's weights by their average, for generation."""
        if self.ema is not None:
            self.ema.copy_to(self.unet)

    def set_progress(self, done: float) -> None:
        """Set the completed fraction of the training; call before each epoch.

        Args:
            done: Fraction of completed epochs, from 0 to below 1.
        """
        if self.alignment is not None:
            self.alignment.done = done

    def drop_alignment(self) -> None:
        """Remove the head of the alignment, which generation does not use."""
        self.alignment = None

    def _alignment_errors(
        self, data: Mapping[str, Any], utt_id: Sequence[str] | None
    ) -> contextlib.AbstractContextManager[list[torch.Tensor]]:
        """Return the context that collects the alignment errors of forward passes."""
        if self.alignment is None:
            return contextlib.nullcontext([])
        return self.alignment.measured(self.unet, data, utt_id)

    def _posterior(self, latent: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return mean and log-variance, (B, C, T', F') each; refuse other shapes."""
        mean, log_variance = frames_to_posterior(latent, self.geometry.latent_channels)
        if tuple(mean.shape[1:]) != self.geometry.latent_shape:
            raise ValueError(
                f"latents of shape {tuple(mean.shape[1:])} were given, but the "
                f"geometry has {self.geometry.latent_shape}; dump them again with the "
                "autoencoder of this geometry"
            )
        return mean, log_variance

    def _draws(
        self, like: torch.Tensor, utt_id: Sequence[str] | None
    ) -> list[tuple[torch.Tensor, torch.Tensor, torch.Tensor]]:
        """Return (time, posterior noise, noise) for each forward pass of the batch."""
        if self.training:
            # drawn on the CPU, so that results do not depend on the device
            time = self.step_distribution.draw_times(self.process, len(like))
            noise = torch.randn_like(like), torch.randn_like(like)
            return [(time.to(like.device), *noise)]
        if utt_id is None:
            raise ValueError(
                f"utt_id seeds validation, but this batch of {len(like)} has none; "
                "give the ids of its clips"
            )
        draws = []
        for part in range(self.valid_draws):
            generators = [generator_of(part, name) for name in utt_id]
            fractions = [fraction_of(g, part, self.valid_draws) for g in generators]
            times = [self.process.time_at(fraction) for fraction in fractions]
            noise = (normal_of(generators, like.shape[1:]).to(like) for _ in range(2))
            draws.append((torch.tensor(times, device=like.device), *noise))
        return draws

    def _errors(
        self,
        x0: torch.Tensor,
        eps: torch.Tensor,
        time: torch.Tensor,
        conditions: Conditions,
    ) -> torch.Tensor:
        """Return squared errors, (2, R): of the target, weighted; and of the noise."""
        noisy = self.process.add_noise(x0, eps, time)
        # in float32, also if the network ran in half precision
        given = self.process.to_network(noisy, time)
        predicted = self.unet(*given, conditions).float()
        target = self.process.target(x0, eps, time)
        eps_hat = self.process.to_eps(predicted.detach(), noisy, time)
        loss = (predicted - target).square().mean(dim=(1, 2, 3))
        loss = loss * self.process.loss_weights(time)
        return torch.stack([loss, (eps_hat - eps).square().mean(dim=(1, 2, 3))])
