"""A student of another diffusion model is refused, and the difference is named."""

import pytest

from espnet2.gen_audio.checkpoint.strict_fit import without_memory
from espnet2.gen_audio.diffusion.build import build_ldm
from espnet2.gen_audio.diffusion.student.build import build_ldm_student
from espnet2.gen_audio.diffusion.student.same_model import refuse_other_model

LDM = {
    "geometry_conf": {"seconds": 0.64, "downsample": 8, "latent_channels": 2},
    "unet_conf": {"channels": [32], "layers_per_block": 1, "tokens_dim": None},
    "conditions_conf": {"loa_factor": 4},
    "latent_scale": 0.25,
}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"latent_scale": 0.5}, "a latent scale of 0.25, .* system 0.5"),
        ({"conditions_conf": {"loa_factor": 8}}, "an LOA factor of 4"),
        ({"unet_conf": LDM["unet_conf"] | {"loa_dim": 32}}, "conditions of"),
        ({"geometry_conf": LDM["geometry_conf"] | {"seconds": 1.28}}, "a geometry of"),
    ],
)
def test_what_differs_is_named_with_both_values(change, words):
    student = without_memory(build_ldm_student, {"ldm_conf": LDM})
    refuse_other_model(student, without_memory(build_ldm, LDM), "exp/s")
    with pytest.raises(ValueError, match=f"the student exp/s has {words}"):
        refuse_other_model(student, without_memory(build_ldm, LDM | change), "exp/s")
