"""The solvers of diffusers, set up for our noise schedule and objective.

``ddim`` is the published sampler (arXiv:2010.02502) on the published grid: with 200
steps it visits 1, 6, ..., 996. ``dpm++`` is DPM-Solver++ (arXiv:2211.01095), good with
20 to 25 steps. Any other scheduler class of diffusers is taken by its name.
"""

import inspect
from typing import Any

from espnet2.gen_audio.diffusion.process.objective import Objective
from espnet2.gen_audio.diffusion.process.schedule import NoiseSchedule

SHORT_NAMES = {"ddim": "DDIMScheduler", "dpm++": "DPMSolverMultistepScheduler"}

# DDIM: what the published scheduler file says beyond the schedule itself. The others:
# steps uniform in log signal-to-noise ratio, or Karras's; the default, uniform in time,
# leaps over the last fifth of the noise and takes a third off a latent's deviation
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


def build_scheduler(name: str, schedule: NoiseSchedule, objective: Objective) -> Any:
    """Build a solver of diffusers.

    Args:
        name: ``ddim``, ``dpm++`` or the name of a scheduler class of diffusers.
        schedule: Schedule of the trained model.
        objective: What the model predicts.

    Returns:
        The scheduler.

    Raises:
        ValueError: If diffusers has no such scheduler, or it cannot follow the schedule
            or the objective, or draws noise that would not belong to a clip.
    """
    import diffusers

    class_name = SHORT_NAMES.get(name, name)
    kind = getattr(diffusers, class_name, None)
    if not isinstance(kind, type) or not class_name.endswith("Scheduler"):
        raise ValueError(
            f"scheduler {name!r} is unknown; use {', '.join(SHORT_NAMES)} or a class "
            "of diffusers, for example EulerDiscreteScheduler"
        )
    accepted = inspect.signature(kind.__init__).parameters
    needed = {
        "num_train_timesteps": schedule.num_steps,
        "beta_start": schedule.beta_start,
        "beta_end": schedule.beta_end,
        "beta_schedule": "scaled_linear",
        "prediction_type": objective.prediction_type,
    }
    lacking = [key for key in needed if key not in accepted]
    if lacking:
        raise ValueError(
            f"scheduler {name!r} cannot be told {', '.join(lacking)}; use ddim or dpm++"
        )
    if "noise_sampler_seed" in accepted:
        raise ValueError(
            f"scheduler {name!r} draws one noise for a whole batch, so that a clip "
            "would sound otherwise in other company; use ddim with eta, or dpm++"
        )
    # none of them may clip the latent to the range of an image
    wanted = {"clip_sample": False, **needed, **OPTIONS.get(class_name, {})}
    return kind(**{key: value for key, value in wanted.items() if key in accepted})
