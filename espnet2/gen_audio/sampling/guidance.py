"""Classifier-free guidance: guided = null + scale (conditional - null).

The formula holds for eps, v and x0, because these depend on each other linearly.

Shapes: B clips, C channels, T latent frames, F latent bins.
Sources: arXiv:2207.12598; interval: arXiv:2404.07724; rescale: arXiv:2305.08891,
equations 15 and 16.
"""

import contextvars
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch

from espnet2.gen_audio.condition.condition import Conditions
from espnet2.gen_audio.diffusion.backbone.abs_backbone import AbsBackbone
from espnet2.gen_audio.sampling.predictor import (
    PlainPredictor,
    Predictor,
    PredictorFactory,
)

Denoiser = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
_PASSES: contextvars.ContextVar[list[int] | None] = contextvars.ContextVar(
    "passes", default=None
)


@contextmanager
def passes_counted() -> Iterator[list[int]]:
    """Count the passes of the diffusion model in the context.

    Yields:
        The rows of every pass so far, one number a pass. With guidance a pass has two
        rows a clip: one with its conditions and one with the null conditions.
    """
    passes: list[int] = []
    token = _PASSES.set(passes)
    try:
        yield passes
    finally:
        _PASSES.reset(token)


@dataclass(frozen=True)
class Guidance:
    """Scale and interval of classifier-free guidance.

    Attributes:
        scale: 1 samples from the conditional model, above 1 strengthens the conditions,
            0 ignores them.
        interval: Interval of times with guidance, in fractions of the noise schedule
            from 0 (clean) to 1 (noise), including both ends. At other times, the scale
            is 1 and the null prediction is not computed.
        rescale: Blend weight, 0 to 1, of the guided prediction after rescaling to the
            standard deviation of the conditional prediction.

    Raises:
        ValueError: If a number is out of range.
    """

    scale: float = 3.5
    interval: tuple[float, float] = (0.0, 1.0)
    rescale: float = 0.0

    def __post_init__(self) -> None:
        if not 0.0 <= self.scale < float("inf"):
            raise ValueError(
                f"guidance_scale {self.scale} is not valid; 1 means no guidance, "
                "for example 3.5"
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

    def acts_at(self, time: float) -> bool:
        """Return whether guidance is applied at a time, 0 (clean) to 1 (noise)."""
        return self.scale != 1.0 and self.interval[0] <= time <= self.interval[1]

    def combine(self, conditional: torch.Tensor, null: torch.Tensor) -> torch.Tensor:
        """Return the guided prediction.

        Args:
            conditional: Prediction with the conditions, (B, C, T, F).
            null: Prediction with the null conditions, (B, C, T, F).

        Returns:
            Guided prediction, (B, C, T, F).
        """
        guided = null + self.scale * (conditional - null)
        if not self.rescale:
            return guided
        std = conditional.std(dim=(1, 2, 3), keepdim=True)
        guided_std = guided.std(dim=(1, 2, 3), keepdim=True)
        return guided * (1 + self.rescale * (std / guided_std - 1))


class GuidedDenoiser:
    """A network with its conditions and guidance, called by the sampling loop.

    Args:
        both: Function that builds the predictor of the guidance batch, 2 B rows, at the
            first use.
        conditional: Function that builds the predictor of the conditional rows, B rows.
        guidance: Scale and interval.
        num_steps: Steps of the noise schedule.
        reuse_every: Deep features are computed at every n-th step; 1 means at every
            step.
        dtype: Precision of the network; latents keep their own.

    Raises:
        ValueError: If ``reuse_every`` is below 1.
    """

    def __init__(
        self,
        both: Callable[[], Predictor],
        conditional: Callable[[], Predictor],
        guidance: Guidance,
        num_steps: int,
        reuse_every: int = 1,
        dtype: torch.dtype | None = None,
    ):
        if reuse_every < 1:
            raise ValueError(
                f"reuse_every {reuse_every} must be 1 (never reuse) or more"
            )
        self.factories = {True: both, False: conditional}
        self.predictors: dict[bool, Predictor] = {}
        self.guidance = guidance
        self.num_steps = num_steps
        self.reuse_every = reuse_every
        self.dtype = dtype
        self.guided_before: bool | None = None
        self.repeated = 0  # steps since guidance was switched on or off

    def __call__(self, noisy: torch.Tensor, step: torch.Tensor) -> torch.Tensor:
        """Predict.

        Args:
            noisy: Noisy latents, (B, C, T, F).
            step: Diffusion step, the same for every clip, (B,).

        Returns:
            The guided prediction, (B, C, T, F), in the dtype of ``noisy``.
        """
        is_guided = self.guidance.acts_at(float(step[0]) / self.num_steps)
        if is_guided not in self.predictors:
            self.predictors[is_guided] = self.factories[is_guided]()
        # features of a pass with 2 B rows cannot be reused in one with B rows, or vice
        # versa
        self.repeated = self.repeated + 1 if self.guided_before == is_guided else 0
        self.guided_before = is_guided
        given = noisy if self.dtype is None else noisy.to(self.dtype)
        reuse = self.repeated % self.reuse_every != 0
        predicted = self.predictors[is_guided](given, step, reuse).to(noisy.dtype)
        passes = _PASSES.get()
        if passes is not None:
            passes.append(len(predicted))
        return self.guidance.combine(*predicted.chunk(2)) if is_guided else predicted


def guided(
    network: AbsBackbone,
    conditions: Conditions,
    null: Conditions,
    guidance: Guidance,
    num_steps: int,
    reuse_every: int = 1,
    make_predictor: PredictorFactory = PlainPredictor,
) -> GuidedDenoiser:
    """Return the denoiser of a network with conditions and guidance.

    Args:
        network: The network, in eval mode.
        conditions: Conditions of the clips by name, B rows each.
        null: Null conditions, or conditions of a negative prompt, B rows each.
        guidance: Scale and interval.
        num_steps: Steps of the noise schedule.
        reuse_every: Deep features are computed at every n-th step; 1 means at every
            step.
        make_predictor: Function that builds a predictor; ``accel`` has faster
            predictors.

    Returns:
        A function from noisy latents (B, C, T, F) and steps (B,) to the prediction.

    Raises:
        ValueError: If conditions and null conditions have different names.
    """
    if conditions.keys() != null.keys():
        raise ValueError(
            f"guidance got conditions {sorted(conditions)} and null conditions "
            f"{sorted(null)}; use conditions.null() of the model"
        )
    return GuidedDenoiser(
        lambda: make_predictor(network, conditions, null),
        lambda: make_predictor(network, conditions, None),
        guidance,
        num_steps,
        reuse_every,
        next(network.parameters()).dtype,
    )
