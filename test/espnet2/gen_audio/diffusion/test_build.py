"""The model of a config: its parts, its defaults, and what is refused."""

from pathlib import Path

import pytest
import torch
import yaml

from espnet2.gen_audio.diffusion.build import build_backbone, build_ldm, build_process
from espnet2.gen_audio.text.caption_units import TextUnits, train_units

UNET = {"channels": [32, 32], "layers_per_block": 1, "loa_dim": 6, "tokens_dim": 5}


def test_an_empty_config_is_the_published_full_model():
    with torch.device("meta"):
        model = build_ldm({})
    assert sum(weight.numel() for weight in model.unet.parameters()) == 346943496
    assert model.geometry.latent_shape == (8, 256, 16)
    process, conditions = model.process, model.conditions
    assert (process.objective, process.num_steps) == ("eps", 1000)
    assert (model.pool_factor, model.ema.decay) == (8, 0.9999)
    specs = conditions.specs.values()
    assert (conditions.p_drop, [spec.p_drop for spec in specs]) == (0.1, [0.0, 0.0])


def test_the_width_of_the_text_follows_the_text_encoder():
    units = TextUnits(train_units(["a dog barks", "a bell rings twice"], 30))
    model = build_ldm(
        {
            "unet_conf": UNET,
            "text_encoder": "units",
            "text_encoder_conf": {"width": 16, "layers": 1, "heads": 1},
            "units_model": units.to_text(),
        }
    )
    assert model.unet.widths["tokens"] == 16
    assert any(
        name.startswith("conditions.text_encoder") for name in model.state_dict()
    )


def test_the_average_is_of_the_unet_alone():
    model = build_ldm({"unet_conf": UNET})
    assert len(list(model.ema.parameters())) == len(list(model.unet.parameters()))


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"unet_conf": {**UNET, "width": 3}}, "does not fit.*width"),
        ({"unet_conf": UNET, "model_conf": {"valid_draws": 0}}, "valid_draws 0"),
        ({"unet_conf": UNET, "model_conf": {"draws_per_clip": 0}}, "per_clip 0 must"),
        ({"unet_conf": UNET, "model_conf": {"draws_per_clip": 1.5}}, "whole number"),
        (
            {"unet_conf": UNET, "model_conf": {"step_distribution": "beta"}},
            "'beta' is unknown; use uniform, stratified, logit_normal",
        ),
        ({"unet_conf": UNET, "model_conf": {"logit_std": 0.0}}, "logit_std 0.0"),
        (
            {"unet_conf": UNET, "schedule_conf": {"loss_weighting": "snr"}},
            "'snr' is unknown; use none, min_snr",
        ),
        ({"unet_conf": UNET, "process_conf": {"min_snr_gamma": 0}}, "min_snr_gamma 0"),
        ({"unet_conf": UNET, "latent_scale": -1.0}, "latent_scale -1.0"),
        ({"unet_conf": UNET, "conditions_conf": {"p": 1}}, "does not fit"),
        ({"unet_conf": UNET, "backbone": "os:system"}, "'os:system' is unknown; use"),
        ({"unet_conf": UNET, "process": "flow"}, "process 'flow' is unknown; use"),
        ({"unet_conf": UNET, "schedule_conf": {"n": 1}}, "process_conf does not fit"),
        ({"unet_conf": UNET, "model_conf": {"objective": "w"}}, "objective 'w'"),
    ],
)
def test_configs_that_do_not_fit_are_refused(config, message):
    with pytest.raises(ValueError, match=message):
        build_ldm(config)


CONF = Path(__file__).parents[4] / "egs2" / "audioldm2" / "conf"


@pytest.mark.parametrize(
    ("file", "geometry", "parameters"),
    [
        ("train_ldm.yaml", "geometry.yaml", 346943496),
        ("train_ldm_large.yaml", "geometry.yaml", 718012296),
        ("mini/train_ldm.yaml", "mini/geometry.yaml", 5817640),
    ],
)
def test_shipped_configs_build_with_the_size_they_state(file, geometry, parameters):
    config = yaml.safe_load((CONF / file).read_text())
    config["geometry_conf"] = yaml.safe_load((CONF / geometry).read_text())
    with torch.device("meta"):
        model = build_ldm(config)
    assert sum(weight.numel() for weight in model.unet.parameters()) == parameters


@pytest.mark.parametrize("conf", ["schedule_conf", "process_conf"])
def test_options_of_training_come_from_the_config(conf):
    model = build_ldm(
        {
            "unet_conf": UNET,
            conf: {"loss_weighting": "min_snr", "min_snr_gamma": 3},
            "model_conf": {
                "objective": "v",
                "step_distribution": "logit_normal",
                "logit_mean": -0.5,
                "logit_std": 2.0,
                "draws_per_clip": 4,
            },
        }
    )
    weighting, steps = model.process.weighting, model.step_distribution
    assert (weighting.name, weighting.gamma) == ("min_snr", 3)
    assert (steps.name, steps.logit_mean, steps.logit_std) == ("logit_normal", -0.5, 2)
    assert (model.process.objective, model.draws_per_clip) == ("v", 4)


def test_they_are_off_by_default():
    model = build_ldm({"unet_conf": UNET})
    assert model.process.weighting.name == "none"
    assert (model.step_distribution.name, model.draws_per_clip) == ("uniform", 1)


def test_published_and_new_names_of_a_config_give_one_model():
    published = {
        "unet_conf": {**UNET, "overlay_dim": 3},
        "schedule_conf": {"num_steps": 100},
        "model_conf": {"objective": "v"},
    }
    sizes = {key: UNET[key] for key in ("channels", "layers_per_block")}
    loa = {"width": 6, "role": ["cross_attention", "channels"], "channels": 3}
    new = {
        "backbone": "unet",
        "backbone_conf": sizes,
        "process": "variance_preserving",
        "process_conf": {"num_steps": 100, "objective": "v"},
        "conditions": {
            "loa": loa | {"patch_grid": True},
            "tokens": {"width": 5, "role": "cross_attention", "null": "empty_caption"},
        },
    }
    for config in (published, new):
        process = build_process(config)
        assert (process.num_steps, process.objective) == (100, "v")
    one, two = build_backbone(published), build_backbone(new)
    assert one.specs == two.specs
    shapes = [{n: t.shape for n, t in net.state_dict().items()} for net in (one, two)]
    assert shapes[0] == shapes[1]
