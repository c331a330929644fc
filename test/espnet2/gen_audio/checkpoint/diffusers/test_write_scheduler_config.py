"""The scheduler's file has every argument of diffusers' class."""

import inspect

import pytest

from espnet2.gen_audio.checkpoint.archive.system import Part
from espnet2.gen_audio.checkpoint.diffusers.write_scheduler_config import (
    scheduler_config,
)


def test_every_argument_of_the_class_is_written_and_a_models_own_are_kept():
    from diffusers import DDIMScheduler

    conf = {"num_steps": 9, "beta_schedule": "linear", "ddim_conf": {"steps_offset": 2}}
    part = Part("ldm", {"schedule_conf": conf, "model_conf": {"objective": "v"}}, {})
    written = scheduler_config(part)
    known = inspect.signature(DDIMScheduler.__init__).parameters.keys() - {"self"}
    assert written.keys() - {"_class_name"} == known
    assert written["num_train_timesteps"] == 9 and written["steps_offset"] == 2
    assert written["beta_schedule"] == "linear" and written["clip_sample"] is False
    assert written["prediction_type"] == "v_prediction"


def test_the_arguments_may_stand_under_the_name_of_the_process_as_well():
    conf = {"num_steps": 9, "objective": "v", "beta_schedule": "linear"}
    given = Part("ldm", {"process": "variance_preserving", "process_conf": conf}, {})
    published = {"num_steps": 9, "beta_schedule": "linear"}
    same = {"schedule_conf": published, "model_conf": {"objective": "v"}}
    assert scheduler_config(given) == scheduler_config(Part("ldm", same, {}))


def test_a_process_that_the_pipeline_does_not_know_is_refused():
    part = Part("ldm", {"process": "rectified_flow"}, {})
    with pytest.raises(ValueError, match="rectified_flow.*--format safetensors"):
        scheduler_config(part)
