"""Values of scheduler_config.json that tensors do not determine."""

from espnet2.gen_audio.checkpoint.diffusers.config_file import (
    FLAG,
    ConfigFile,
    Settings,
    changed_values,
    number,
    one_of,
    whole,
)
from espnet2.gen_audio.diffusion.process.schedule import SCHEDULES
from espnet2.gen_audio.diffusion.process.solvers import OPTIONS
from espnet2.gen_audio.diffusion.process.variance_preserving import PREDICTION_TYPES

SPACINGS = ("leading", "trailing", "linspace")


def schedule_settings(file: ConfigFile) -> tuple[Settings, str]:
    """Return schedule and objective of scheduler/scheduler_config.json.

    Args:
        file: The file, which must exist.

    Returns:
        ``schedule_conf``, and what the network predicts.

    Raises:
        ValueError: If a value cannot be used.
    """
    beta = number(0.0, 1.0)
    start, end = file.value("beta_start", beta, 1e-4), file.value(
        "beta_end", beta, 0.02
    )
    if start > end:
        raise file.refusal("beta_start", f"at most beta_end {end}")
    steps = file.value("num_train_timesteps", whole(2, 1_000_000), 1000)
    name = file.value("beta_schedule", one_of(*SCHEDULES), "linear")
    types = {theirs: ours for ours, theirs in PREDICTION_TYPES.items()}
    predicted = file.value("prediction_type", one_of(*types), "epsilon")
    conf = {"num_steps": steps, "beta_start": start, "beta_end": end}
    conf |= changed_values({"beta_schedule": name}, {"beta_schedule": "scaled_linear"})
    ddim = _ddim_settings(file, steps)
    return conf | ({"ddim_conf": ddim} if ddim else {}), types[predicted]


def _ddim_settings(file: ConfigFile, steps: int) -> Settings:
    """Return ``ddim_conf``: settings that differ from the published scheduler."""
    rules = {
        "clip_sample": (FLAG, True),
        "clip_sample_range": (number(0.0, 1e6), 1.0),
        "set_alpha_to_one": (FLAG, True),
        "steps_offset": (whole(0, steps - 1), 0),
        "timestep_spacing": (one_of(*SPACINGS), "leading"),
        "thresholding": (FLAG, False),
        "dynamic_thresholding_ratio": (number(0.0, 1.0), 0.995),
        "sample_max_value": (number(0.0, 1e6), 1.0),
    }
    given = {key: file.value(key, *rules[key]) for key in rules}
    own = {key: default for key, (_, default) in rules.items()}
    return changed_values(given, own | OPTIONS["DDIMScheduler"])
