"""scheduler_config.json of an AudioLDM2Pipeline folder, written from ours."""

from typing import Any

from espnet2.gen_audio.checkpoint.archive.system import Part
from espnet2.gen_audio.diffusion.build import process_arguments
from espnet2.gen_audio.diffusion.process.choices import process_choices
from espnet2.gen_audio.diffusion.process.solvers import ddim_options
from espnet2.gen_audio.diffusion.process.variance_preserving import PREDICTION_TYPES

# arguments of DDIMScheduler that act only with clip_sample or thresholding
_UNUSED = {
    "clip_sample_range": 1.0,
    "thresholding": False,
    "dynamic_thresholding_ratio": 0.995,
    "sample_max_value": 1.0,
}


def scheduler_config(ldm: Part) -> dict[str, Any]:
    """Return scheduler_config.json: DDIM on the model's schedule.

    Args:
        ldm: The diffusion model.

    Returns:
        All arguments of ``DDIMScheduler``; those that the model does not set have the
        values of the published sampler.

    Raises:
        ValueError: If the model has another process than the published one.
    """
    process = ldm.config.get("process", process_choices.default)
    if process != process_choices.default:
        raise ValueError(
            f"the diffusion model was trained with process {process}, and the files of "
            f"an AudioLDM2Pipeline describe {process_choices.default} only; export it "
            "with --format safetensors or espnet"
        )
    conf = process_arguments(ldm.config)
    objective = conf.get("objective", "eps")
    return {
        "_class_name": "DDIMScheduler",
        "num_train_timesteps": conf.get("num_steps", 1000),
        "beta_start": conf.get("beta_start", 0.0015),
        "beta_end": conf.get("beta_end", 0.0195),
        "beta_schedule": conf.get("beta_schedule", "scaled_linear"),
        "trained_betas": None,
        "prediction_type": PREDICTION_TYPES[objective],
        "rescale_betas_zero_snr": False,
        **_UNUSED,
        **ddim_options(conf.get("ddim_conf") or {}),
    }
