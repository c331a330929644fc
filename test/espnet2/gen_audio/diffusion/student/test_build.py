"""A student is built from the config of its teacher."""

import pytest

from espnet2.gen_audio.diffusion.process.betas_as_flow import BetasAsFlow
from espnet2.gen_audio.diffusion.student.build import build_ldm_student

TAUGHT = {
    "geometry_conf": {"seconds": 0.64, "downsample": 8, "latent_channels": 2},
    "unet_conf": {"channels": [32], "layers_per_block": 1, "tokens_dim": None},
    "conditions_conf": {"loa_factor": 4},
    "model_conf": {"objective": "v", "ema_decay": 0.5},
    "latent_scale": 0.25,
}


def test_the_teachers_sizes_and_process_are_taken_and_the_training_is_its_own():
    student = build_ldm_student(
        {"ldm_conf": TAUGHT, "model_conf": {"ema_decay": None, "passes": [2]}}
    )
    assert isinstance(student.process, BetasAsFlow)
    assert student.process.betas.objective == "v" and student.latent_scale == 0.25
    assert student.pool_factor == 4 and student.ema is None and student.passes == (2,)
    assert list(student.conditions.widths) == ["loa"]
    assert list(student.unet.widths) == ["loa", "student_span", "student_scale"]


def test_a_student_without_the_config_of_a_teacher_is_refused():
    with pytest.raises(ValueError, match="give --teacher exp/ldm_"):
        build_ldm_student({"ldm_conf": {}})


def test_an_unknown_argument_is_refused():
    with pytest.raises(ValueError, match="model_conf does not fit .*speed"):
        build_ldm_student({"ldm_conf": TAUGHT, "model_conf": {"speed": 1}})
