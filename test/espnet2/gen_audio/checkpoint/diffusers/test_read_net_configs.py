"""What vae/config.json and vocoder/config.json state."""

from pathlib import Path

import pytest

from espnet2.gen_audio.checkpoint.diffusers.config_file import ConfigFile
from espnet2.gen_audio.checkpoint.diffusers.read_net_configs import (
    latent_scale,
    norm_num_groups,
    upsample_rates,
    vae_settings,
    vocoder_settings,
)
from espnet2.gen_audio.feats.clip import ClipGeometry

ABSENT = ConfigFile(Path("vae/config.json"))
KERNELS, CONVOLUTIONS = [16, 16, 8, 4, 4], [3, 3, 3]
PUBLISHED = {"upsample_rates": [5, 4, 2, 2, 2], "normalize_before": False}


def stating(**values):
    return ConfigFile(Path("vae/config.json"), values, True)


def test_published_groups_add_nothing_to_the_config():
    assert vae_settings(stating(norm_num_groups=32), [128, 256]) == {}
    assert vae_settings(ABSENT, [128, 256]) == {}
    assert vae_settings(stating(norm_num_groups=8), [16]) == {"norm_num_groups": 8}


def test_groups_that_do_not_divide_the_widths_are_refused():
    with pytest.raises(ValueError, match=r"norm_num_groups 8 .*widths \[12\]"):
        norm_num_groups(stating(norm_num_groups=8), [12])
    with pytest.raises(ValueError, match="norm_num_groups None .*divisor"):
        norm_num_groups(stating(), [16])  # the default of the class is 32


def test_the_latent_scale_is_that_of_the_class_where_a_file_does_not_state_it():
    assert latent_scale(stating(scaling_factor=0.41)) == 0.41
    assert latent_scale(stating()) == 0.18215
    assert latent_scale(ABSENT) == 1.0


def test_a_published_vocoder_gives_the_config_that_it_always_gave():
    file = stating(**PUBLISHED)
    settings = vocoder_settings(file, KERNELS, CONVOLUTIONS, ClipGeometry())
    assert settings == {
        "upsample_rates": [5, 4, 2, 2, 2],
        "resblock_dilation_sizes": [[1, 3, 5]] * 3,
        "odd_padding": "floor",
    }
    assert vocoder_settings(ABSENT, KERNELS, CONVOLUTIONS, ClipGeometry()) == {}


def test_a_vocoder_normalises_where_its_file_does_not_say_otherwise():
    file = stating(upsample_rates=[5, 4, 2, 2, 2])
    settings = vocoder_settings(file, KERNELS, CONVOLUTIONS, ClipGeometry())
    assert settings["normalize_before"] is True


def test_rates_that_are_not_stated_are_the_published_ones_or_those_of_the_class():
    assert upsample_rates(ABSENT, KERNELS) == [5, 4, 2, 2, 2]
    assert upsample_rates(stating(), [8, 8, 8, 8]) == [4, 4, 4, 4]
    with pytest.raises(ValueError, match="upsample_rates None .*a list of 2"):
        upsample_rates(stating(), [9, 9])


def test_rates_that_give_another_hop_than_the_geometry_are_refused():
    file = stating(upsample_rates=[5, 4, 2, 2, 4])
    with pytest.raises(ValueError, match="a product of 160"):
        vocoder_settings(file, KERNELS, CONVOLUTIONS, ClipGeometry())
