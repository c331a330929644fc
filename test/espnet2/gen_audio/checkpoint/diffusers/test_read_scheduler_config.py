"""What scheduler_config.json states."""

from pathlib import Path

import pytest

from espnet2.gen_audio.checkpoint.diffusers.config_file import ConfigFile
from espnet2.gen_audio.checkpoint.diffusers.read_scheduler_config import (
    schedule_settings,
)

PUBLISHED = {
    "beta_start": 0.0015,
    "beta_end": 0.0195,
    "beta_schedule": "scaled_linear",
    "num_train_timesteps": 1000,
    "clip_sample": False,
    "set_alpha_to_one": False,
    "steps_offset": 1,
}


def stating(**values):
    return ConfigFile(Path("scheduler/scheduler_config.json"), values, True)


def test_the_published_file_gives_the_config_that_it_always_gave():
    conf, objective = schedule_settings(stating(**PUBLISHED))
    assert conf == {"num_steps": 1000, "beta_start": 0.0015, "beta_end": 0.0195}
    assert objective == "eps"


def test_what_is_not_stated_is_as_in_the_class():
    conf, _ = schedule_settings(stating())
    assert conf == {
        "num_steps": 1000,
        "beta_start": 0.0001,
        "beta_end": 0.02,
        "beta_schedule": "linear",
        "ddim_conf": {"clip_sample": True, "set_alpha_to_one": True, "steps_offset": 0},
    }


def test_betas_that_fall_are_refused():
    with pytest.raises(ValueError, match="beta_start 0.5 .*at most beta_end 0.0195"):
        schedule_settings(stating(**PUBLISHED | {"beta_start": 0.5}))
