"""Build diffusers' schedulers, the solvers, for a diffusion process.

``ddim`` is the published sampler (arXiv:2010.02502) on the published time steps: with
200 steps it visits 1, 6, ..., 996. ``dpm++`` is DPM-Solver++ (arXiv:2211.01095), for 20
to 25 steps. Any other scheduler is named by its class in diffusers.
"""

import inspect
from collections.abc import Mapping
from typing import Any

SHORT_NAMES = {"ddim": "DDIMScheduler", "dpm++": "DPMSolverMultistepScheduler"}

# DDIM: what the published scheduler config says beyond the noise schedule. The others:
# time steps uniform in log signal-to-noise ratio, or Karras's. With diffusers' default,
# uniform in time, a solver skips the last fifth of the noise, and the latents' std is a
# third too small.
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


def build_solver(
    name: str,
    needed: Mapping[str, Any],
    short_names: Mapping[str, str] = SHORT_NAMES,
) -> Any:
    """Build a solver of diffusers.

    Args:
        name: A short name, or the name of a scheduler class of diffusers.
        needed: Arguments that describe the process, which the scheduler must accept.
        short_names: Classes by short name.

    Returns:
        The scheduler.

    Raises:
        ValueError: If diffusers has no such scheduler, or it does not accept one of
            ``needed``, or it draws one noise for the whole batch.
    """
    import diffusers

    class_name = short_names.get(name, name)
    solver = getattr(diffusers, class_name, None)
    if not isinstance(solver, type) or not class_name.endswith("Scheduler"):
        raise ValueError(
            f"scheduler {name!r} is unknown; use {', '.join(short_names)} or a class "
            "of diffusers, for example EulerDiscreteScheduler"
        )
    accepted = inspect.signature(solver.__init__).parameters
    lacking = [key for key in needed if key not in accepted]
    if lacking:
        raise ValueError(
            f"scheduler {name!r} does not take {', '.join(lacking)}; use "
            f"{' or '.join(short_names)}"
        )
    if "noise_sampler_seed" in accepted:
        raise ValueError(
            f"scheduler {name!r} draws one noise for a whole batch, so that a clip "
            "would depend on its batch; use ddim with eta, or dpm++"
        )
    # no scheduler may clip the latent to the range of an image
    wanted = {"clip_sample": False, **needed, **OPTIONS.get(class_name, {})}
    return solver(**{key: value for key, value in wanted.items() if key in accepted})
