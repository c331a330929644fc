"""What language_model/config.json states."""

from pathlib import Path

import pytest

from espnet2.gen_audio.checkpoint.diffusers.config_file import ConfigFile
from espnet2.gen_audio.checkpoint.diffusers.read_language_config import (
    gpt2_settings,
    loa_factor,
)
from espnet2.gen_audio.feats.clip import ClipGeometry


def stating(**values):
    return ConfigFile(Path("language_model/config.json"), values, True)


ABSENT = ConfigFile(Path("language_model/config.json"))


@pytest.mark.parametrize(
    ("file", "width", "heads"),
    [
        (ABSENT, 768, 12),
        (ABSENT, 1536, 24),  # 64 features a head, as published
        (stating(), 1536, 12),  # the default of the class
        (stating(), 64, 1),  # which does not divide 64
        (stating(n_head=4), 64, 4),
    ],
)
def test_heads_are_stated_or_those_of_the_class_or_as_published(file, width, heads):
    assert gpt2_settings(file, width) == {"heads": heads}


def test_gpt2s_own_activation_and_epsilon_add_nothing_to_the_config():
    file = stating(activation_function="gelu_new", layer_norm_epsilon=1e-5)
    assert gpt2_settings(file, 768) == {"heads": 12}
    file = stating(activation_function="relu", layer_norm_epsilon=1e-6)
    assert gpt2_settings(file, 768) == {
        "heads": 12,
        "activation": "relu",
        "layer_norm_epsilon": 1e-6,
    }


def test_the_pooling_factor_is_the_one_that_gives_as_many_vectors():
    geometry = ClipGeometry()
    for factor in (1, 2, 4, 8, 16):
        vectors = geometry.loa_tokens(factor)
        assert loa_factor(stating(max_new_tokens=vectors), geometry) == factor
    assert loa_factor(stating(), geometry) == 8
    with pytest.raises(ValueError, match="max_new_tokens 9 .*one of 1, 2, 4, 8, 32"):
        loa_factor(stating(max_new_tokens=9), geometry)
