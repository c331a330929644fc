"""Published keys become specs; declared conditions stand beside them."""

import pytest

from espnet2.gen_audio.condition.spec import EMPTY_CAPTION, ENCODER, ZEROS, Role
from espnet2.gen_audio.diffusion.published_conditions import (
    conditions_arguments,
    declared_specs,
    module_name,
    null_options,
    null_place,
    specs_of,
    unet_arguments,
    unpublished_keys,
)
from espnet2.gen_audio.encoder.caption_unit_encoder import TextUnitEncoder

LOUDNESS = {"loudness": {"width": 1, "role": "channels"}}


def by_name(config, encoder=None):
    return {spec.name: spec for spec in specs_of(config, encoder)}


def test_an_empty_config_has_the_published_conditions():
    loa, tokens = specs_of({})
    assert (loa.name, loa.width, loa.null, loa.patch_grid) == ("loa", 768, ZEROS, True)
    assert (tokens.name, tokens.width, tokens.null) == ("tokens", 1024, EMPTY_CAPTION)
    assert loa.roles == tokens.roles == (Role.CROSS_ATTENTION,)


def test_declared_conditions_are_told_from_published_ones_by_their_names():
    again = {"tokens": {"width": 4, "role": "cross_attention"}}
    specs = specs_of({"conditions": again | LOUDNESS})
    assert [spec.name for spec in specs] == ["tokens", "loudness"]
    assert [spec.name for spec in declared_specs(specs)] == ["loudness"]


def test_every_published_key_reaches_its_spec():
    specs = by_name(
        {
            "unet_conf": {
                "loa_dim": 3,
                "tokens_dim": 4,
                "film_dim": 2,
                "loa_channels": 5,
            },
            "conditions_conf": {"p_drop_loa": 0.1, "p_drop_tokens": 0.2},
            "null_tokens": [[1, 2, 3, 4]],
            "null_sentence": [[5, 6]],
        }
    )
    assert list(specs) == ["loa", "tokens", "sentence"]
    assert specs["loa"].roles == (Role.CROSS_ATTENTION, Role.CHANNELS)
    assert specs["loa"].channels == 5 and specs["loa"].p_drop == 0.1
    assert specs["tokens"].null == ((1.0, 2.0, 3.0, 4.0),)
    assert specs["tokens"].p_drop == 0.2
    sentence = specs["sentence"]
    assert (sentence.roles, sentence.null) == ((Role.EMBEDDING,), ((5.0, 6.0),))
    assert sentence.p_drop is None


def test_null_leaves_a_condition_out():
    assert list(by_name({"unet_conf": {"loa_dim": None}})) == ["tokens"]
    assert not by_name({"unet_conf": {"loa_dim": None, "tokens_dim": None}})
    config = {"unet_conf": {"loa_dim": None, "loa_channels": 3}}
    with pytest.raises(ValueError, match="loa_channels 3.*no loa"):
        specs_of(config)


def test_declared_conditions_follow_the_published_ones_that_are_stated():
    assert list(by_name({"conditions": LOUDNESS})) == ["loudness"]
    stated = {"conditions": LOUDNESS, "unet_conf": {"tokens_dim": 5}}
    assert list(by_name(stated)) == ["tokens", "loudness"]
    other = {"tokens": {"width": 9, "role": "embedding"}}
    (tokens,) = specs_of({"conditions": other, "unet_conf": {"tokens_dim": 5}})
    assert (tokens.width, tokens.roles) == (9, (Role.EMBEDDING,))


def test_a_text_encoder_decides_width_and_null_of_its_condition():
    encoder = TextUnitEncoder(9, width=4, layers=1, heads=1)
    for width in (1024, None):
        tokens = by_name({"unet_conf": {"tokens_dim": width}}, encoder)["tokens"]
        assert (tokens.width, tokens.null) == (4, ENCODER)


def test_arguments_of_the_classes_are_free_of_what_the_specs_say():
    unet_conf = {"loa_dim": 3, "loa_channels": 2, "head_dim": 8, "unknown": 1}
    assert unet_arguments({"unet_conf": unet_conf}) == {"head_dim": 8, "unknown": 1}
    conf = {"p_drop_all": 0.3, "p_drop_loa": 0.1, "cfg_per_batch": True, "unknown": 1}
    conf |= {"loa_factor": 4, "loa_factors": [2, 4]}
    assert conditions_arguments({"conditions_conf": conf}) == {
        "p_drop": 0.3,
        "per_batch": True,
        "unknown": 1,
        "pool_factor": 4,
        "pool_factors": [2, 4],
    }


def test_modules_and_options_have_the_published_names():
    assert module_name("loa", Role.CROSS_ATTENTION) == "loa_projection"
    assert module_name("loa", Role.CHANNELS) == "overlay"
    assert module_name("loudness", Role.CHANNELS) == "loudness_channels"
    assert null_place("sentence") == "--null_sentence"
    assert null_place("melody") == "conditions.melody.null"
    assert null_options() == {"tokens": "null_tokens", "sentence": "null_sentence"}


def test_what_the_published_models_have_not_is_named():
    published = {"backbone": "unet", "process": None, "unet_conf": {"loa_dim": 3}}
    assert not unpublished_keys(published) and not unpublished_keys({})
    own = {"backbone": "toy", "conditions": LOUDNESS, "unet_conf": {"joined_dim": 8}}
    assert unpublished_keys(own) == ["backbone toy", "conditions", "joined_dim"]
