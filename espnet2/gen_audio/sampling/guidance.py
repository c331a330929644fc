"""Classifier-free guidance: a step away from what the model says without conditions.

Shapes: B clips, C channels, T latent frames, F latent bins.
Sources: arXiv:2207.12598; prediction = null + scale (conditional - null), which holds
for any objective, since noise, velocity and clean latent depend on each other linearly.
Interval: arXiv:2404.07724; rescale: arXiv:2305.08891, equations 15 and 16.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch

from espnet2.gen_audio.conditioner.condition import Conditions
from espnet2.gen_audio.diffusion.backbone.unet import ConditionalUNet
from espnet2.gen_audio.sampling.bound_unet import BoundUNet
from espnet2.gen_audio.sampling.compiled import CompiledUNet

Denoiser = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
Predictor = Callable[[torch.Tensor, torch.Tensor, bool], torch.Tensor]


@dataclass(frozen=True)
class Guidance:
    """How the conditions lead.

    Attributes:
        scale: 1 follows them as trained, more exaggerates them, 0 ignores them.
        interval: Where guidance acts, as shares of the noise schedule from 0 (clean)
            to 1 (noise), both included; elsewhere the scale is 1 and the prediction
            without conditions is not made.
        rescale: Share of the correction that brings the deviation of the guided
            prediction back to that of the conditional one, 0 to 1.

    Raises:
        ValueError: If a number is out of range.
    """

    scale: float = 3.5
    interval: tuple[float, float] = (0.0, 1.0)
    rescale: float = 0.0

    def __post_init__(self) -> None:
        if not 0.0 <= self.scale < float("inf"):
            raise ValueError(
                f"guidance_scale {self.scale} is not usable; 1 means no guidance, "
                "3 to 4 is usual"
            )
        low, high = self.interval
        if not 0.0 <= low <= high <= 1.0:
            raise ValueError(
                f"guidance_interval {low:g} {high:g} must ascend within 0 (clean) and "
                "1 (noise)"
            )
        if not 0.0 <= self.rescale <= 1.0:
            raise ValueError(
                f"guidance_rescale {self.rescale} was given; use 0 (off) to 1"
            )

    def acts_at(self, share: float) -> bool:
        """Return whether the null prediction is needed at a share of the schedule."""
        return self.scale != 1.0 and self.interval[0] <= share <= self.interval[1]


class GuidedDenoiser:
    """A network with its conditions and guidance, as the sampling loop calls it.

    Args:
        both: Makes a predictor of both halves, 2 B rows, when it is first needed.
        alone: Makes one of the conditional half, B rows.
        guidance: How the conditions lead.
        num_steps: Steps of the noise schedule.
        reuse_every: Deep features are computed at every n-th pass; 1 at each.
        dtype: Of the network; the latents keep theirs.

    Raises:
        ValueError: If ``reuse_every`` is below 1.
    """

    def __init__(
        self,
        both: Callable[[], Predictor],
        alone: Callable[[], Predictor],
        guidance: Guidance,
        num_steps: int,
        reuse_every: int = 1,
        dtype: torch.dtype | None = None,
    ):
        if reuse_every < 1:
            raise ValueError(
                f"reuse_every {reuse_every} must be 1 (never reuse) or more"
            )
        self.makers = {True: both, False: alone}
        self.made: dict[bool, Predictor] = {}
        self.guidance = guidance
        self.num_steps = num_steps
        self.reuse_every = reuse_every
        self.dtype = dtype
        self.passes: tuple[bool | None, int] = (None, 0)  # kind of pass, and how many

    def __call__(self, noisy: torch.Tensor, step: torch.Tensor) -> torch.Tensor:
        """Predict.

        Args:
            noisy: Noisy latents, (B, C, T, F).
            step: Diffusion step, the same for every clip, (B,).

        Returns:
            The guided prediction, (B, C, T, F), in the dtype of ``noisy``.
        """
        guides = self.guidance.acts_at(float(step[0]) / self.num_steps)
        if guides not in self.made:
            self.made[guides] = self.makers[guides]()
        # features of one kind of pass do not serve the other
        count = self.passes[1] + 1 if self.passes[0] == guides else 0
        self.passes = (guides, count)
        given = noisy if self.dtype is None else noisy.to(self.dtype)
        reuse = count % self.reuse_every != 0
        predicted = self.made[guides](given, step, reuse).to(noisy.dtype)
        if not guides:
            return predicted
        conditional, null = predicted.chunk(2)
        led = null + self.guidance.scale * (conditional - null)
        if not self.guidance.rescale:
            return led
        wanted, found = (p.std(dim=(1, 2, 3), keepdim=True) for p in (conditional, led))
        return led * (1 + self.guidance.rescale * (wanted / found - 1))


def guided(
    unet: ConditionalUNet,
    conditions: Conditions,
    null: Conditions,
    guidance: Guidance,
    num_steps: int,
    reuse_every: int = 1,
    compiled: bool = False,
) -> GuidedDenoiser:
    """Bind conditions and guidance to the U-Net.

    Args:
        unet: The network, in eval mode.
        conditions: Those of the clips by name, B rows each.
        null: The same of the other prediction; zeros and the empty caption, or a
            negative prompt's.
        guidance: How the conditions lead.
        num_steps: Steps of the noise schedule.
        reuse_every: Deep features are computed at every n-th pass; 1 at each.
        compiled: Compile the network's pass, see ``CompiledUNet``.

    Returns:
        A function from noisy latents (B, C, T, F) and steps (B,) to the prediction.

    Raises:
        ValueError: If a condition has no null condition, or a null one no condition.
    """
    if conditions.keys() != null.keys():
        raise ValueError(
            f"guidance got conditions {sorted(conditions)} and null conditions "
            f"{sorted(null)}; take these from null_conditions() of the model"
        )
    bind = CompiledUNet if compiled else BoundUNet
    return GuidedDenoiser(
        lambda: bind(unet, conditions, null),
        lambda: bind(unet, conditions),
        guidance,
        num_steps,
        reuse_every,
        next(unet.parameters()).dtype,
    )
