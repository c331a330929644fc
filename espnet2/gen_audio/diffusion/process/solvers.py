"""Solvers, which are schedulers of diffusers: building one, and common calls.

Shapes: B clips, C channels, T latent frames, F latent bins.
``ddim`` is the published sampler (arXiv:2010.02502) on the published time steps: with
200 steps it visits 1, 6, ..., 996. ``dpm++`` is DPM-Solver++ (arXiv:2211.01095), for 20
to 25 steps. Any other scheduler is named by its class in diffusers. Schedulers of flow
matching scale neither the initial noise nor the input of the network, and their method
to add noise is called ``scale_noise``.
"""

import inspect
from collections.abc import Mapping
from typing import Any

import torch

SHORT_NAMES = {"ddim": "DDIMScheduler", "dpm++": "DPMSolverMultistepScheduler"}

# DDIM: values of the published scheduler config beside the noise schedule. Others: time
# steps uniform in log signal-to-noise ratio, or Karras's. With diffusers' default,
# steps uniform in time, a solver skips the last fifth of the noise, and the std of the
# latents is a third too small.
OPTIONS = {
    "DDIMScheduler": {
        "clip_sample": False,
        "set_alpha_to_one": False,
        "steps_offset": 1,
        "timestep_spacing": "leading",
    },
    "DPMSolverMultistepScheduler": {"use_lu_lambdas": True},
    "UniPCMultistepScheduler": {"use_karras_sigmas": True},
}
# DDIM: arguments that a model may change
DDIM_KEYS = (
    *OPTIONS["DDIMScheduler"],
    "clip_sample_range",
    "thresholding",
    "dynamic_thresholding_ratio",
    "sample_max_value",
)

GIVEN = ("self", "model_output", "timestep", "sample", "args", "kwargs")  # to ``step``


def ddim_options(changed: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of ``DDIMScheduler`` beside the noise schedule.

    Args:
        changed: Arguments of a model that differ from the published ones.

    Returns:
        The arguments.

    Raises:
        ValueError: If a key is not in ``DDIM_KEYS``.
    """
    unknown = sorted(set(changed) - set(DDIM_KEYS))
    if unknown:
        raise ValueError(
            f"ddim_conf has {', '.join(unknown)}; accepted are {', '.join(DDIM_KEYS)}"
        )
    return {**OPTIONS["DDIMScheduler"], **changed}


def build_solver(
    name: str,
    needed: Mapping[str, Any],
    short_names: Mapping[str, str] = SHORT_NAMES,
    options: Mapping[str, Mapping[str, Any]] = OPTIONS,
) -> Any:
    """Build a solver of diffusers.

    Args:
        name: A short name, or the name of a scheduler class of diffusers.
        needed: Arguments that describe the process, which the scheduler must accept.
        short_names: Classes by short name.
        options: Other arguments by scheduler class.

    Returns:
        The scheduler.

    Raises:
        ValueError: If diffusers has no such scheduler, or it leads to noise, does not
            accept one of ``needed``, draws one noise for the whole batch, or needs
            more at a step than the prediction, the time and the latents.
    """
    import diffusers

    class_name = short_names.get(name, name)
    solver = getattr(diffusers, class_name, None)
    known = isinstance(solver, type) and class_name.endswith("Scheduler")
    if not known or "Inverse" in class_name:  # these go from a clean latent to noise
        raise ValueError(
            f"scheduler {name!r} is unknown; use {', '.join(short_names)} or a class "
            "of diffusers, for example EulerDiscreteScheduler"
        )
    accepted = inspect.signature(solver.__init__).parameters
    refusal = _why_unfit(solver, needed)
    if refusal is not None:
        raise ValueError(
            f"scheduler {name!r} {refusal}; use {' or '.join(short_names)}"
        )
    # no scheduler may clip the latent to the range of an image, or shift the schedule
    wanted = {
        "clip_sample": False,
        "snr_shift_scale": 1.0,
        **needed,
        **options.get(class_name, {}),
    }
    return solver(**{key: value for key, value in wanted.items() if key in accepted})


def _why_unfit(solver: type, needed: Mapping[str, Any]) -> str | None:
    """Say why a scheduler class of diffusers cannot be used; None if it can."""
    accepted = inspect.signature(solver.__init__).parameters
    lacking = [key for key in needed if key not in accepted]
    if lacking:
        return f"does not accept {', '.join(lacking)}"
    if "noise_sampler_seed" in accepted:
        return "draws one noise for a whole batch, so a clip would depend on its batch"
    steps = inspect.signature(solver.step).parameters.values()
    more = [p.name for p in steps if p.default is p.empty and p.name not in GIVEN]
    if more:
        return f"needs {', '.join(more)} at every step, which no other does"
    return None


def first_latents(scheduler: Any, noise: torch.Tensor) -> torch.Tensor:
    """Return the first latents of sampling.

    Args:
        scheduler: A solver of diffusers, after ``set_timesteps``.
        noise: Standard normal noise, (B, C, T, F).

    Returns:
        Latents, (B, C, T, F).
    """
    return noise * getattr(scheduler, "init_noise_sigma", 1.0)


def network_input(
    scheduler: Any, latents: torch.Tensor, step: torch.Tensor
) -> torch.Tensor:
    """Return the input of the network at a step, with the scaling of the scheduler.

    Args:
        scheduler: The solver.
        latents: Latents before the step, (B, C, T, F).
        step: The step, a number.

    Returns:
        Latents, (B, C, T, F).
    """
    if not hasattr(scheduler, "scale_model_input"):
        return latents
    return scheduler.scale_model_input(latents, step)


def add_noise(
    scheduler: Any, latents: torch.Tensor, noise: torch.Tensor, step: torch.Tensor
) -> torch.Tensor:
    """Add the noise of a step to clean latents.

    Args:
        scheduler: The solver.
        latents: Clean latents, (B, C, T, F).
        noise: Standard normal noise, (B, C, T, F).
        step: The step, a number.

    Returns:
        Latents, (B, C, T, F).
    """
    if hasattr(scheduler, "add_noise"):
        return scheduler.add_noise(latents, noise, step.expand(len(noise)))
    # one time for all clips: FlowMatchHeun accepts no more
    return scheduler.scale_noise(latents, step.view(1), noise)
