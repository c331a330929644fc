"""The model from a plain config; the shipped configs and their sizes."""

from pathlib import Path

import pytest
import torch
import yaml

from espnet2.gen_audio.loa_lm.build import build_language_model, build_loa_lm
from espnet2.gen_audio.loa_lm.lm import LOALanguageModel
from espnet2.gen_audio.loa_lm.masked_history import MaskedHistoryLanguageModel
from espnet2.gen_audio.text.caption_units import TextUnits, train_units

CONF = Path(__file__).parents[4] / "egs2/audioldm2/conf"
TINY = {
    "lm_conf": {
        "width": 8,
        "layers": 1,
        "heads": 2,
        "condition_dims": {"tokens": 4},
        "vocab_size": 1,
    },
    "geometry_conf": {"seconds": 2.56, "downsample": 8},
    "model_conf": {"loa_factor": 4},
}


def shipped(name, geometry):
    config = yaml.safe_load((CONF / name).read_text())
    return {**config, "geometry_conf": yaml.safe_load((CONF / geometry).read_text())}


def test_the_published_config_builds_gpt2_small():
    with torch.device("meta"):
        model = build_loa_lm(shipped("train_loa_lm.yaml", "geometry.yaml"))
    assert sum(p.numel() for p in model.lm.gpt2.parameters()) == 124_439_808
    assert (model.num_tokens, model.loss_weight, model.loss_type) == (8, 2.0, "l1")
    assert model.lm.condition_dims == {"sentence": 512, "tokens": 1024}


def test_the_mini_config_builds_and_fits_the_mini_geometry():
    name = "mini/train_loa_lm.yaml"
    with torch.device("meta"):
        model = build_loa_lm(shipped(name, "mini/geometry.yaml"))
    assert (model.num_tokens, model.lm.width) == (8, 192)
    assert sum(p.numel() for p in model.parameters()) < 3e6


def test_units_are_built_from_the_config_alone():
    units = TextUnits(train_units(["a dog", "rain"], 30))
    conf = {"width": 4, "heads": 1, "layers": 1}
    options = {"text_encoder": "units", "text_encoder_conf": conf}
    model = build_loa_lm({**TINY, **options, "units_model": units.to_text()})
    assert model.text_encoder.vocabulary == len(units)


@pytest.mark.parametrize(
    "chosen, kind",
    [
        ({}, LOALanguageModel),
        ({"autoregressive": True}, LOALanguageModel),
        ({"autoregressive": False}, MaskedHistoryLanguageModel),
    ],
)
def test_autoregressive_chooses_the_model(chosen, kind):
    assert type(build_language_model({**TINY["lm_conf"], **chosen})) is kind


@pytest.mark.parametrize(
    "change, message",
    [
        ({"lm_conf": {**TINY["lm_conf"], "depth": 3}}, "depth"),
        ({"model_conf": {"factor": 4}}, "factor"),
        ({"lm_conf": {}}, "condition_dims"),
        ({"geometry_conf": {"secs": 1}}, "secs"),
    ],
)
def test_a_key_that_no_part_knows_is_named(change, message):
    with pytest.raises(ValueError, match=message):
        build_loa_lm({**TINY, **change})
