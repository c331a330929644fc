"""Sizes are read from tensors; what tensors cannot tell is published or refused."""

import pytest
import torch

from espnet2.gen_audio.checkpoint.assembly import sizes
from espnet2.gen_audio.diffusion.build import build_backbone
from espnet2.gen_audio.feats.clip import ClipGeometry
from espnet2.gen_audio.vocoder.hifi_gan import HiFiGAN

UNET = {"latent_channels": 4, "channels": [32, 64, 96], "layers_per_block": 1}


def unet_state(**conf):
    with torch.device("meta"):
        network = build_backbone({"unet_conf": UNET | conf | {"zero_start": False}})
    return {f"unet.{n}": t for n, t in network.state_dict().items()}


@pytest.mark.parametrize(
    "conf",
    [
        {"loa_dim": 24, "tokens_dim": 40},
        {"loa_dim": 24, "tokens_dim": 40, "extra_self_attention": True},
        {"loa_dim": 24, "tokens_dim": None, "transformer_depth": 2},
        # as wide as one of the levels
        {"loa_dim": 64, "tokens_dim": 96},
        {
            "loa_dim": None,
            "tokens_dim": None,
            "film_dim": 12,
            "extra_self_attention": True,
        },
        {"loa_dim": 24, "tokens_dim": 40, "attention": [True, False, True]},
    ],
)
def test_a_u_net_tells_what_it_was_built_of(conf):
    found = sizes.unet_conf(unet_state(**conf), with_loa=True)
    for name, value in (UNET | conf).items():
        assert found.get(name) == value, name


def test_without_loa_the_only_condition_is_text():
    state = unet_state(loa_dim=None, tokens_dim=40)
    found = sizes.unet_conf(state, with_loa=False)
    assert (found["loa_dim"], found["tokens_dim"]) == (None, 40)


def test_transformers_in_another_order_are_refused():
    state = unet_state(loa_dim=24, tokens_dim=None, extra_self_attention=True)
    swapped = {}
    for name, tensor in state.items():
        for a, b in (("attentions.0.", "attentions.1."), ("x", "x")):
            if a in name:
                name = name.replace(a, b)
                break
            if b in name:
                name = name.replace(b, a)
                break
        swapped[name] = tensor
    with pytest.raises(ValueError, match="transformers attend to widths"):
        sizes.unet_conf(swapped, with_loa=True)


def test_geometry_follows_from_channels_and_bands():
    assert sizes.geometry_for(8, 64) == ClipGeometry()
    assert sizes.geometry_for(None, 256).sample_rate == 48000
    assert sizes.geometry_for(16, None).latent_shape == (16, 128, 32)
    with pytest.raises(ValueError, match="--geometry FILE"):
        sizes.geometry_for(8, 256)


def test_a_vocoder_tells_all_but_its_rates_which_its_kernels_stand_for():
    conf = {
        "upsample_rates": [6, 5, 4, 2, 2],
        "upsample_kernel_sizes": [12, 10, 8, 4, 4],
        "upsample_initial_channel": 64,
        "resblock_kernel_sizes": [3, 7],
        "resblock_dilation_sizes": [[1, 3, 5]] * 2,
        "weight_norm": False,
        "odd_padding": "ceil",
    }
    geometry = ClipGeometry(**sizes.PUBLISHED_48K)
    state = HiFiGAN(geometry, **conf).state_dict()
    state = {f"vocoder.{n}": t for n, t in state.items()}
    assert sizes.vocoder_conf(state) == conf
    state["vocoder.net.upsampler.0.weight"] = torch.empty(64, 32, 13)
    with pytest.raises(ValueError, match="kernels .13, 10, 8, 4, 4. are not published"):
        sizes.vocoder_conf(state)
    rates = [4, 5, 6, 2, 2]  # where a config states them
    assert sizes.vocoder_conf(state, rates)["upsample_rates"] == rates
