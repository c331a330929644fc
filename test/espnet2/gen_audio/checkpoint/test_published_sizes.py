"""Official files of published size, without memory: counts are those published.

Tensors are one zero, stretched to the published shapes, so the whole import runs.
"""

import pytest

from espnet2.gen_audio.checkpoint.archive.tensor_writer import count
from espnet2.gen_audio.checkpoint.official.read import read_official

VAE_16K, VAE_48K = (204, 55376873), 90010272 + 133523969
UNETS = {
    "full": (1520, 346943496),
    "large": (3216, 718012296),
    "speech": (1104, 261926536),
    "t5": (1104, 265531016),
    "film": (1106, 262699152),
}
GPT2, PHONEMES = 124439808, 6387264


@pytest.fixture(scope="module")
def systems(official):
    return {
        layout: read_official(official.complete(layout, published=True), "x.pth")
        for layout in UNETS
    }


def numbers(part):
    return count(part.state)[1]


@pytest.mark.parametrize("layout", UNETS)
def test_unets_have_the_published_numbers_of_tensors_and_parameters(systems, layout):
    part = systems[layout].parts["ldm"]
    assert count(part.state) == UNETS[layout]
    assert part.config["unet_conf"]["channels"] == [128, 256, 384, 640]
    assert part.config["unet_conf"]["head_dim"] == 32


def test_autoencoders_have_the_published_numbers_of_parameters(systems):
    assert count(systems["full"].parts["vae"].state) == VAE_16K
    between = 32 * 32 + 32 + 16 * 16 + 16  # the two 1 x 1 convolutions
    assert numbers(systems["film"].parts["vae"]) == VAE_48K + between


def test_vocoders_have_the_published_numbers_of_parameters(systems):
    constants = 2 * 64, 2 * 256  # mean and scale of the bands
    assert numbers(systems["full"].parts["vocoder"]) == 55264897 + constants[0]
    assert numbers(systems["film"].parts["vocoder"]) == 190281889 + constants[1]


def test_gpt2_and_the_phoneme_encoder_have_the_published_numbers(systems):
    markers = 2 * 32 * 768
    text = (512 + 1) * 768 + (1024 + 1) * 768
    assert numbers(systems["full"].parts["loa_lm"]) == GPT2 + markers + text
    speech = (512 + 1) * 768 + (192 + 1) * 768
    expected = GPT2 + markers + speech + PHONEMES
    assert numbers(systems["speech"].parts["loa_lm"]) == expected


def test_geometries_are_those_of_16_and_48_khz(systems):
    for layout, system in systems.items():
        rates = {
            p.config["geometry_conf"]["sample_rate"] for p in system.parts.values()
        }
        assert rates == {48000 if layout == "film" else 16000}


def test_encoders_have_the_sizes_of_htsat_base_and_flan_t5_large(systems):
    encoders = systems["full"].encoders
    assert round(numbers(encoders["sentence_encoder"]) / 1e6, 1) == 194.0
    assert numbers(encoders["tokens_encoder"]) == 341231104
    config = encoders["tokens_encoder"].config
    assert config["num_layers"] == 24 and config["d_kv"] == 64
