"""Sampling options, and their presets."""

from dataclasses import dataclass, replace
from typing import Any

from espnet2.gen_audio.diffusion.process.even_steps import NAME as AVERAGE_VELOCITY
from espnet2.gen_audio.sampling.guidance import Guidance


@dataclass(frozen=True)
class SamplingOptions:
    """Options of sampling; the defaults are those of the published sampler.

    Attributes:
        scheduler: ``ddim``, ``dpm++`` or the name of a scheduler class of diffusers;
            ``average_velocity`` samples with the student of the system.
        steps: Solver steps.
        eta: DDIM's eta, 0 to 1.
        guidance_scale: Scale of classifier-free guidance; 1 means no guidance.
        seed: Seed; seed and id determine the sound.
        negative_prompt: Caption whose prediction replaces the null prediction in
            guidance; if None, the null conditions are used.
        guidance_interval: Two fractions of the noise schedule (0 is clean, 1 is noise);
            guidance is applied between them.
        guidance_rescale: Blend weight, 0 to 1, of the guided prediction after rescaling
            to the standard deviation of the conditional prediction.
        reuse_every: Compute the U-Net's deep features at every n-th step only; 1
            computes them at every step, without approximation.
        compiled: Compile the U-Net with torch.compile; results differ by rounding only.
            The first sound of each length, number of clips and bucket of text lengths
            waits for the compilation.

    Raises:
        ValueError: If an option of guidance is out of range, or is given for a student,
            which has not learnt it.
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
        self.guidance  # refuses invalid options before a model is loaded
        if self.by_student:
            self._refuse_unlearnt()

    @property
    def by_student(self) -> bool:
        """Whether the student of a system samples, and not its diffusion model."""
        return self.scheduler == AVERAGE_VELOCITY

    def _refuse_unlearnt(self) -> None:
        """Refuse options that have no effect in a student, or an unknown one."""
        for name, usual in (
            ("negative_prompt", None),
            ("guidance_interval", (0.0, 1.0)),
            ("guidance_rescale", 0.0),
            ("reuse_every", 1),
        ):
            given = getattr(self, name)
            if given != usual:
                raise ValueError(
                    f"{name} {given!r} was given, but a student ({' or '.join(QUICK)}) "
                    "has learnt guidance against the null conditions only; leave it "
                    f"out, or use the preset {EDITING}"
                )

    @property
    def guidance(self) -> Guidance:
        """Scale, interval and rescale of guidance."""
        return Guidance(
            self.guidance_scale, tuple(self.guidance_interval), self.guidance_rescale
        )


QUICK = ("instant", "fast2")  # presets of a student
EDITING = "balanced"  # preset for what a student does not do

# Presets, from the published sampler to few steps; RESULTS.md has their scores.
SAMPLERS = {
    "quality": SamplingOptions(),
    "balanced": SamplingOptions("dpm++", 25, 0.0),
    "fast": SamplingOptions("dpm++", 10, 0.0),
    "fast2": SamplingOptions(AVERAGE_VELOCITY, 2, 0.0),
    "instant": SamplingOptions(AVERAGE_VELOCITY, 1, 0.0),
}


def preset_options(name: str, **changes: Any) -> SamplingOptions:
    """Return the options of a preset, with changes.

    Args:
        name: ``quality``, ``balanced`` or ``fast``; ``fast2`` or ``instant`` for a
            system with a student.
        **changes: Options by name; None means the preset's value. If the scheduler has
            no eta, the preset's eta is not used.

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
