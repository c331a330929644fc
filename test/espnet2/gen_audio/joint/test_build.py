"""The joint model of a config: both parts must be there and fit each other."""

import pytest
import torch

from espnet2.gen_audio.joint.build import build_joint

LM = {"lm_conf": {"width": 8, "layers": 1, "heads": 2, "condition_dims": {"tokens": 5}}}
LDM = {"unet_conf": {"channels": [32], "loa_dim": 8, "tokens_dim": 5, "head_dim": 8}}


def test_the_parts_are_complete_models_of_their_own_configs():
    with torch.device("meta"):
        joint = build_joint({"loa_lm_conf": LM, "ldm_conf": LDM})
    assert joint.loa_lm.lm.width == 8
    assert joint.ldm.unet.widths["loa"] == 8
    assert joint.p_true_loa == 0.25


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"ldm_conf": LDM}, "--loa_lm_config"),
        ({"loa_lm_conf": LM}, "--ldm_config"),
        ({"loa_lm_conf": {**LM, "part": "ldm"}, "ldm_conf": LDM}, "config of a ldm"),
        (
            {
                "loa_lm_conf": LM,
                "ldm_conf": {**LDM, "conditions_conf": {"loa_factor": 4}},
            },
            "train both with equal ones",
        ),
        (
            {"loa_lm_conf": LM, "ldm_conf": LDM, "model_conf": {"p": 1}},
            "model_conf does not fit",
        ),
    ],
)
def test_parts_that_are_missing_or_do_not_fit_are_refused(config, message):
    with pytest.raises(ValueError, match=message):
        build_joint(config)
