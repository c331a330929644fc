"""What unet/config.json states, and the heads that are wrong in published folders."""

from pathlib import Path

import pytest

from espnet2.gen_audio.checkpoint.diffusers.config_file import ConfigFile
from espnet2.gen_audio.checkpoint.diffusers.read_unet_config import (
    has_published_heads,
    unet_settings,
)

FULL = {
    "latent_channels": 8,
    "channels": [128, 256, 384, 640],
    "layers_per_block": 2,
    "attention": [False, True, True, True],
    "loa_dim": 768,
    "tokens_dim": 1024,
    "extra_self_attention": False,
    "transformer_depth": 1,
}
LARGE = FULL | {"extra_self_attention": True, "transformer_depth": 2}
SPEECH = FULL | {"tokens_dim": None}


def stating(**values):
    return ConfigFile(Path("unet/config.json"), values, True)


@pytest.mark.parametrize("conf", [FULL, LARGE, SPEECH])
@pytest.mark.parametrize("heads", [8, [8, 8, 8, 8]])
def test_published_sizes_with_8_heads_have_32_features_a_head_and_say_so(conf, heads):
    settings, notes = unet_settings(stating(attention_head_dim=heads), conf)
    assert settings == {}
    assert "wrong in published folders" in notes[0]
    assert unet_settings(stating(), conf)[1] == notes  # 8 is the class's default


@pytest.mark.parametrize(
    "other",
    [
        {"channels": [128, 256, 384, 768]},
        {"layers_per_block": 1},
        {"tokens_dim": 768},
        {"loa_dim": 512},
        {"transformer_depth": 2},
        {"latent_channels": 4},
        {"film_dim": 512},
    ],
)
def test_8_heads_are_meant_where_a_size_is_not_published(other):
    conf = FULL | other
    file = stating(attention_head_dim=8)
    assert not has_published_heads(file, conf)
    settings, notes = unet_settings(file, conf)
    assert settings == {"heads": [8] * 4} and not notes


def test_heads_of_32_features_are_taken_as_stated_and_add_nothing():
    file = stating(attention_head_dim=[4, 8, 12, 20])
    assert unet_settings(file, FULL) == ({}, [])


def test_heads_of_one_size_are_told_by_it_and_others_one_by_one():
    file = stating(attention_head_dim=[8, 16, 24, 40])
    assert unet_settings(file, FULL)[0] == {"head_dim": 16}
    file = stating(attention_head_dim=[4, 4, 4, 4])
    assert unet_settings(file, FULL)[0] == {"heads": [4, 4, 4, 4]}


def test_heads_that_do_not_divide_are_refused_and_where_unstated_as_published():
    with pytest.raises(ValueError, match=r"attention_head_dim 7 .*\[128, 256"):
        unet_settings(stating(attention_head_dim=7), FULL)
    narrow = FULL | {"channels": [32, 36, 36, 36], "norm_num_groups": 4}
    file = stating(norm_num_groups=4)
    assert unet_settings(file, narrow)[0] == {"norm_num_groups": 4}


def test_without_a_file_everything_is_as_published():
    assert unet_settings(ConfigFile(Path("unet/config.json")), FULL) == ({}, [])
