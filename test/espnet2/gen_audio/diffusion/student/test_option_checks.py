"""Options of a student that are out of range are refused with the right values."""

import pytest

from espnet2.gen_audio.diffusion.student.build import build_ldm_student

TAUGHT = {
    "geometry_conf": {"seconds": 0.64, "downsample": 8, "latent_channels": 2},
    "unet_conf": {"channels": [32], "layers_per_block": 1, "tokens_dim": None},
    "conditions_conf": {"loa_factor": 4},
}


@pytest.mark.parametrize(
    ("conf", "words"),
    [
        ({"guidance_range": [3.0, 1.0]}, "ascending scales"),
        ({"guidance_range": [1.0]}, "ascending scales"),
        ({"guidance_range": [-1.0, 6.0]}, "ascending scales from 0"),
        ({"guidance_range": [4.0, 6.0]}, "valid_scale between"),
        ({"passes": []}, "must be 1 or more"),
        ({"valid_steps": 0}, "valid_steps 0 2 or more"),
        ({"valid_steps": 1}, "valid_steps 1 2 or more"),
        ({"p_grid": 1.5}, "p_grid.*give fractions from 0 to 1"),
    ],
)
def test_values_out_of_range_are_refused(conf, words):
    with pytest.raises(ValueError, match=words):
        build_ldm_student({"ldm_conf": TAUGHT, "model_conf": conf})
