"""Old names of YAML keys keep working and say what they are called now."""

import argparse
import logging

import pytest

from espnet2.gen_audio import old_names
from espnet2.gen_audio.old_names import OLD_KEYS, rename_options, with_new_names


@pytest.fixture
def table(monkeypatch):
    table = {"part": {"conf": {"old": "new"}}}
    monkeypatch.setattr(old_names, "OLD_KEYS", table)


def test_an_old_key_gets_its_new_name_in_its_place_and_a_line_in_the_log(table, caplog):
    config = {"conf": {"a": 1, "old": 2, "b": 3}, "other": {"old": 4}}
    with caplog.at_level(logging.WARNING):
        renamed = with_new_names("part", config)
    assert renamed == {"conf": {"a": 1, "new": 2, "b": 3}, "other": {"old": 4}}
    assert list(renamed["conf"]) == ["a", "new", "b"]
    assert caplog.messages == ["conf: old is now called new"]
    assert config["conf"] == {"a": 1, "old": 2, "b": 3}


def test_new_names_and_other_parts_pass_silently(table, caplog):
    for part, config in (("part", {"conf": {"new": 1}}), ("x", {"conf": {"old": 1}})):
        assert with_new_names(part, config) == config
    assert with_new_names("part", {"conf": None}) == {"conf": None}
    assert not caplog.messages


def test_a_key_by_both_names_is_refused(table):
    with pytest.raises(ValueError, match="old: 1 and new: 2.*keep new"):
        with_new_names("part", {"conf": {"old": 1, "new": 2}})


def test_options_are_renamed_in_place(table):
    args = argparse.Namespace(conf={"old": 5}, other=6)
    rename_options("part", args)
    assert vars(args) == {"conf": {"new": 5}, "other": 6}


def test_no_new_name_is_an_old_one():
    for confs in OLD_KEYS.values():
        for keys in confs.values():
            assert not keys.keys() & set(keys.values())


GEOMETRY = {"seconds": 0.64, "n_mels": 16, "fbank_bins": 32, "latent_channels": 4}
LOA_LM = {
    "geometry_conf": GEOMETRY,
    "lm_conf": {
        "width": 16,
        "layers": 1,
        "heads": 2,
        "vocab_size": 1,
        "condition_dims": {"tokens": 8},
        "loa_start": 20,
        "hears_own": False,
        "patches_per_moment": 2,
    },
    "model_conf": {"loa_factor": 2, "guide_weight": 0.2},
    "text_encoder": "phonemes",
    "text_encoder_conf": {
        "width": 8,
        "layers": 1,
        "inner": 8,
        "flow_width": 4,
        "wave_positions": True,
    },
}
LDM = {
    "geometry_conf": GEOMETRY,
    "unet_conf": {
        "channels": [32, 32],
        "layers_per_block": 1,
        "loa_dim": 16,
        "tokens_dim": None,
        "overlay_dim": 3,
    },
    "conditions_conf": {"loa_factor": 2},
}
OLD_CONFIGS = {
    "audiomae": {
        "geometry_conf": GEOMETRY,
        "fbank_conf": {"mean": -4.0, "deviation": 3.0},
        "encoder_conf": {"width": 16, "layers": 3, "heads": 2},
        "decoder_conf": {"width": 16, "layers": 1, "heads": 2, "kind": "global"},
    },
    "vae": {
        "geometry_conf": GEOMETRY,
        "vae_conf": {
            "block_out_channels": [8, 8, 8],
            "norm_num_groups": 4,
            "mel_deviation": 4.0,
        },
    },
    "loa_lm": LOA_LM,
    "ldm": LDM,
    "joint": {
        "loa_lm_conf": LOA_LM,
        "ldm_conf": LDM,
        "model_conf": {"teach_through_roll_out": False},
    },
}


@pytest.mark.parametrize("part", OLD_KEYS)
def test_a_config_of_an_older_experiment_builds_the_same_model(part, caplog):
    import torch

    from espnet2.gen_audio.parts import PARTS

    old = OLD_CONFIGS[part]
    new = dict(with_new_names(part, old))
    assert new != old
    models = []
    for config in (old, new):
        torch.manual_seed(0)
        with caplog.at_level(logging.WARNING):
            models.append(PARTS[part].build(config))
    states = [model.state_dict() for model in models]
    assert states[0].keys() == states[1].keys()
    assert all(torch.equal(states[0][name], states[1][name]) for name in states[0])
    assert any("is now called" in message for message in caplog.messages)


def test_every_old_key_is_in_a_config_that_is_built():
    unused = [
        f"{part}.{conf}.{key}"
        for part, confs in OLD_KEYS.items()
        for conf, keys in confs.items()
        for key in keys
        if key not in OLD_CONFIGS[part].get(conf, {})
    ]
    assert not unused
