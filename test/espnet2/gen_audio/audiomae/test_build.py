"""Building from a config: published sizes by default, and every shipped YAML."""

from pathlib import Path

import pytest
import torch
import yaml

from espnet2.gen_audio.audiomae.build import build_audiomae

CONF = Path(__file__).resolve().parents[4] / "egs2" / "audioldm2" / "conf"
ARGUMENTS = ("encoder_conf", "decoder_conf", "model_conf")


def build_shipped(size):
    config = yaml.safe_load((CONF / size / "train_audiomae.yaml").read_text())
    geometry = yaml.safe_load((CONF / size / "geometry.yaml").read_text())
    with torch.device("meta"):
        return build_audiomae({**config, "geometry_conf": geometry})


def count(module):
    return sum(w.numel() for w in module.parameters() if w.requires_grad)


def test_the_published_yaml_has_the_published_encoder():
    model = build_shipped(".")
    assert count(model.encoder) == 85_254_144
    assert count(model.mae.decoder) == 50_964_736
    assert model.encoder.grid == (64, 8)


def test_the_mini_yaml_has_about_two_million_weights():
    model = build_shipped("mini")
    assert 1.5e6 < count(model) < 3e6
    assert model.encoder.grid == (16, 8)


def test_an_empty_config_is_the_published_one():
    with torch.device("meta"):
        model = build_audiomae({"part": "audiomae"})
    assert count(model) == count(build_shipped("."))
    assert model.mask_ratio == build_shipped(".").mask_ratio


@pytest.mark.parametrize("name", ARGUMENTS)
def test_an_unknown_argument_is_refused(name):
    with torch.device("meta"), pytest.raises(ValueError, match="depth"):
        build_audiomae({name: {"depth": 3}})
