"""Tiny U-Nets of every layout, and conditions for them."""

import pytest
import torch

LAYOUTS = {
    "published": {"loa_dim": 12, "tokens_dim": 20},
    "large": {
        "loa_dim": 12,
        "tokens_dim": 20,
        "extra_self_attention": True,
        "transformer_depth": 2,
    },
    "speech": {"loa_dim": 12, "tokens_dim": None},
    "text": {"loa_dim": None, "tokens_dim": 20},
    "film": {"loa_dim": None, "tokens_dim": None, "film_dim": 6},
    "joined": {"loa_dim": 12, "tokens_dim": 20, "joined_dim": 16},
    "channels": {"loa_dim": 12, "tokens_dim": None, "loa_channels": 6},
}


def network(layout, channels=(32, 64, 64), layers_per_block=2):
    """Return a U-Net in double precision with random weights."""
    from espnet2.gen_audio.diffusion.build import build_backbone

    torch.manual_seed(0)
    conf = {
        "latent_channels": 4,
        "channels": channels,
        "layers_per_block": layers_per_block,
        "attention": [
            level > 0 or len(channels) == 1 for level in range(len(channels))
        ],
        "zero_start": False,
    }
    # 2 x 8 patches, latents of 16 x 8
    geometry = {"seconds": 0.32, "downsample": 2, "n_mels": 16}
    unet = build_backbone(
        {"unet_conf": conf | LAYOUTS[layout], "geometry_conf": geometry}
    )
    return unet.double().eval().requires_grad_(False)


def conditions(unet, seed=0, rows=2, words=5, null=False):
    """Return random conditions, or null ones: LOA of zeros and one token of text."""
    from espnet2.gen_audio.condition.condition import Condition

    torch.manual_seed(seed)
    made = {}
    if "loa" in unet.widths:
        loa = torch.randn(rows, 16, 12).double() * (not null)
        made["loa"] = Condition.from_lengths(loa)
    if "tokens" in unet.widths:
        mask = torch.ones(rows, 1 if null else words, dtype=torch.bool)
        mask[0, 4:] = False
        states = torch.randn(1 if null else rows, mask.shape[1], 20).double()
        made["tokens"] = Condition(states.expand(rows, -1, -1), mask)
    if "sentence" in unet.widths:
        sentence = torch.randn(rows, 1, 6).double()
        made["sentence"] = Condition.from_lengths(sentence)
    return made


def noisy(seed=0, rows=2, frames=16):
    """Return noisy latents and their step."""
    torch.manual_seed(seed)
    return torch.randn(rows, 4, frames, 8).double(), torch.full((rows,), 500 + seed)


@pytest.fixture(params=LAYOUTS)
def layout(request):
    """The name of every layout in turn."""
    return request.param


@pytest.fixture(name="network")
def network_fixture():
    """A function that makes a U-Net of a layout."""
    return network


@pytest.fixture(name="conditions")
def conditions_fixture():
    """A function that makes conditions for a U-Net."""
    return conditions


@pytest.fixture(name="noisy")
def noisy_fixture():
    """A function that makes noisy latents."""
    return noisy
