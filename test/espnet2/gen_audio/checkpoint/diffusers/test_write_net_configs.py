"""Configs for diffusers: what a network is built of, and what cannot be said there."""

import inspect
import json
import logging

import pytest
import torch
from safetensors.torch import save_file

from espnet2.gen_audio.checkpoint.archive.system import Part
from espnet2.gen_audio.checkpoint.diffusers import write_net_configs
from espnet2.gen_audio.checkpoint.diffusers.write_scheduler_config import (
    scheduler_config,
)
from espnet2.gen_audio.diffusion.build import build_backbone
from espnet2.gen_audio.feats.clip import ClipGeometry
from espnet2.gen_audio.vocoder.hifi_gan import HiFiGAN

UNET = {
    "latent_channels": 4,
    "channels": [32, 64],
    "layers_per_block": 1,
    "loa_dim": 24,
    "tokens_dim": 40,
}


def ldm(**conf):
    config = {"part": "ldm", "unet_conf": UNET | conf, "latent_scale": 0.41}
    return Part("ldm", config, {})


@pytest.mark.parametrize(
    "conf",
    [
        {},
        {"extra_self_attention": True, "transformer_depth": 2},
        {"tokens_dim": None},
        {
            "loa_dim": None,
            "tokens_dim": None,
            "film_dim": 12,
            "extra_self_attention": True,
        },
    ],
)
def test_diffusers_builds_the_same_network_of_the_config(conf):
    from diffusers import AudioLDM2UNet2DConditionModel

    config = write_net_configs.unet_config(ldm(**conf))
    config.pop("_class_name")
    with torch.device("meta"):
        theirs = AudioLDM2UNet2DConditionModel(**config).state_dict()
        ours = build_backbone(
            {"unet_conf": UNET | conf | {"zero_start": False}}
        ).net.state_dict()
    assert {n: t.shape for n, t in theirs.items()} == {
        n: t.shape for n, t in ours.items()
    }


def test_heads_have_32_features_at_every_level():
    published = write_net_configs.unet_config(ldm(channels=[128, 256, 384, 640]))
    assert published["attention_head_dim"] == [4, 8, 12, 20]


def test_a_network_with_joined_conditions_cannot_be_said():
    for name in ("joined_dim", "loa_channels"):
        with pytest.raises(ValueError, match=f"{name} has no counterpart"):
            write_net_configs.unet_config(ldm(**{name: 16}))


@pytest.mark.parametrize("conf", [{"mel_level": -5.0}, {"mel_std": 2.0}])
def test_an_autoencoder_that_moves_the_mel_cannot_be_said(conf):
    vae = Part("vae", {"vae_conf": {"block_out_channels": [8]} | conf}, {})
    with pytest.raises(ValueError, match="--format safetensors or espnet"):
        write_net_configs.vae_config(vae, 1.0)


@pytest.mark.parametrize("padding", ["floor", "ceil"])
def test_the_library_gives_the_sound_of_the_authors_inference(
    padding, tmp_path, caplog
):
    from transformers import SpeechT5HifiGan

    conf = {
        "upsample_rates": [6, 5, 4, 2, 2],
        "upsample_kernel_sizes": [12, 10, 8, 4, 4],
        "upsample_initial_channel": 64,
        "resblock_kernel_sizes": [3],
        "resblock_dilation_sizes": [[1]],
        "odd_padding": padding,
        "weight_norm": False,
    }
    geometry = {"sample_rate": 48000, "hop": 480, "n_mels": 8}
    torch.manual_seed(0)
    vocoder = HiFiGAN(ClipGeometry(**geometry), **conf, initializer_range=None).eval()
    with torch.no_grad():
        for name, weight in vocoder.named_parameters():
            if name.endswith("weight"):
                weight.mul_(2.5)  # initial weights are nearly silent
    part = Part("vocoder", {"vocoder_conf": conf, "geometry_conf": geometry}, {})
    with caplog.at_level(logging.WARNING):
        config = write_net_configs.vocoder_config(part)
    (tmp_path / "config.json").write_text(json.dumps(config))
    save_file(vocoder.net.state_dict(), tmp_path / "model.safetensors")
    theirs = SpeechT5HifiGan.from_pretrained(tmp_path).eval()
    mel = torch.randn(1, 6, 8)
    with torch.no_grad():
        expected = vocoder(mel, trim=False, odd_padding="floor")
        torch.testing.assert_close(theirs(mel), expected, rtol=0, atol=1e-6)
        own = vocoder(mel, trim=False, odd_padding="ceil")
    assert (expected[:, : own.shape[1]] - own).abs().max() > 1e-3
    # what the library does not read tells a converter, and a person, what it was
    assert config.get("odd_padding", "floor") == padding
    warned = "odd_padding ceil, 16 samples later" in caplog.text
    assert warned == (padding == "ceil")


@pytest.mark.parametrize(
    "objective, name", [("eps", "epsilon"), ("v", "v_prediction"), ("x0", "sample")]
)
def test_the_sampler_knows_what_the_network_predicts(objective, name):
    part = ldm()
    part.config["model_conf"] = {"objective": objective}
    config = scheduler_config(part)
    assert config["prediction_type"] == name
    assert (config["beta_start"], config["beta_end"]) == (0.0015, 0.0195)


def vae_part():
    conf = {"block_out_channels": [8, 8], "layers_per_block": 1, "norm_num_groups": 8}
    state = {"vae.net.post_quant_conv.weight": torch.zeros(4, 4, 1, 1)}
    return Part("vae", {"vae_conf": conf}, state)


def test_every_argument_of_the_classes_is_written():
    from diffusers import AudioLDM2UNet2DConditionModel, AutoencoderKL

    for known, written in (
        (AudioLDM2UNet2DConditionModel, write_net_configs.unet_config(ldm())),
        (AutoencoderKL, write_net_configs.vae_config(vae_part(), 1.0)),
    ):
        arguments = inspect.signature(known.__init__).parameters.keys() - {"self"}
        assert arguments <= written.keys()


def test_values_that_are_not_published_are_written():
    own = {"norm_num_groups": 16, "norm_eps": 1e-3, "act_fn": "gelu", "heads": [1, 4]}
    config = write_net_configs.unet_config(ldm(**own))
    assert config["attention_head_dim"] == [1, 4]
    assert all(config[key] == own[key] for key in own.keys() - {"heads"})
