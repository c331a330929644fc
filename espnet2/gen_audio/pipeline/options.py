"""Sampling options, and their presets."""

from dataclasses import dataclass, replace
from typing import Any

from espnet2.gen_audio.sampling.guidance import Guidance


@dataclass(frozen=True)
class SamplingOptions:
    """Options of sampling; the defaults are those of the published sampler.

    Attributes:
        scheduler: ``ddim``, ``dpm++`` or the name of a scheduler class of diffusers.
        steps: Solver steps.
        eta: DDIM's eta, 0 to 1.
        guidance_scale: 1 samples without guidance.
        seed: The same seed and id give the same sound.
        negative_prompt: Caption whose prediction replaces the null prediction in
            guidance; the null conditions if None.
        guidance_interval: Fractions of the noise schedule, 0 clean to 1 noise, between
            which guidance is applied.
        guidance_rescale: Blend weight of the prediction rescaled to the standard
            deviation of the conditional one, 0 to 1.
        reuse_every: Compute the U-Net's deep features at every n-th step only; 1 is
            exact.
        compiled: Compile the U-Net with torch.compile, the same to rounding; the first
            sound of each length, number of clips and bucket of text waits for it.

    Raises:
        ValueError: If a number of guidance is out of range.
    """

    scheduler: str = "ddim"
    steps: int = 200
    eta: float = 1.0
    guidance_scale: float = 3.5
    seed: int = 0
    negative_prompt: str | None = None
    guidance_interval: tuple[float, float] = (0.0, 1.0)
    guidance_rescale: float = 0.0
    reuse_every: int = 1
    compiled: bool = False

    def __post_init__(self) -> None:
        self.guidance  # refuses what cannot be used, before a model is loaded

    @property
    def guidance(self) -> Guidance:
        """Scale, interval and rescale of guidance."""
        return Guidance(
            self.guidance_scale, tuple(self.guidance_interval), self.guidance_rescale
        )


# From the published sampler to few steps; RESULTS.md has their scores.
SAMPLERS = {
    "quality": SamplingOptions(),
    "balanced": SamplingOptions("dpm++", 25, 0.0),
    "fast": SamplingOptions("dpm++", 10, 0.0),
}


def sampler(name: str, **changes: Any) -> SamplingOptions:
    """Return the options of a preset, with changes.

    Args:
        name: ``quality``, ``balanced`` or ``fast``.
        **changes: Options by name; None leaves that of the preset. A scheduler
            without an eta gets none from a preset.

    Returns:
        The options.

    Raises:
        ValueError: If there is no such preset.
    """
    if name not in SAMPLERS:
        raise ValueError(f"preset {name!r} is unknown; use {', '.join(SAMPLERS)}")
    given = {key: value for key, value in changes.items() if value is not None}
    if given.get("scheduler", "ddim") not in ("ddim", "DDIMScheduler"):
        given.setdefault("eta", 0.0)
    return replace(SAMPLERS[name], **given)
