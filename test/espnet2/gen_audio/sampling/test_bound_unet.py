"""The bound U-Net: the numbers of diffusers' forward, whatever is left out of it."""

import pytest
import torch

from espnet2.gen_audio.conditioner.condition import Condition, concatenate
from espnet2.gen_audio.diffusion.backbone.unet import ConditionalUNet
from espnet2.gen_audio.feats.clip import ClipGeometry
from espnet2.gen_audio.sampling.bound_unet import BoundUNet

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
    "overlaid": {
        "loa_dim": 12,
        "tokens_dim": None,
        "overlay_dim": 6,
        # 2 x 8 patches, latents of 16 x 8
        "geometry": ClipGeometry(seconds=0.32, downsample=2, n_mels=16),
    },
}


def network(layout, channels=(32, 64, 64)):
    torch.manual_seed(0)
    unet = ConditionalUNet(
        latent_channels=4,
        channels=channels,
        layers_per_block=2,
        zero_start=False,
        **LAYOUTS[layout],
    )
    return unet.double().eval().requires_grad_(False)


def heard(unet, seed, rows=2, null=False):
    """Return random conditions, or null ones: zero LOA and one token of text."""
    torch.manual_seed(seed)
    loa = tokens = sentence = None
    if unet.loa_dim is not None:
        tokens_of_loa = 3 if unet.overlay is None else 16
        loa = torch.randn(rows, tokens_of_loa, unet.loa_dim).double() * (not null)
        loa = Condition.from_lengths(loa)
    if unet.tokens_dim is not None:
        mask = torch.ones(rows, 1 if null else 5, dtype=torch.bool)
        mask[0, 4:] = False
        states = torch.randn(1 if null else rows, mask.shape[1], unet.tokens_dim)
        tokens = Condition(states.double().expand(rows, -1, -1), mask)
    if unet.film_dim is not None:
        sentence = Condition.from_lengths(torch.randn(rows, 1, unet.film_dim).double())
    return loa, tokens, sentence


def noisy(seed, rows=2, frames=16):
    torch.manual_seed(seed)
    return torch.randn(rows, 4, frames, 8).double(), torch.full((rows,), 500 + seed)


def plain(unet, given, null, latents, step):
    """Call the network as the library does, on a doubled batch."""
    pairs = zip(given, null)
    both = [None if g is None else concatenate([g, n]) for g, n in pairs]
    return unet(latents.repeat(2, 1, 1, 1), step.repeat(2), *both)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("negative", [False, True], ids=["null", "negative prompt"])
def test_both_halves_are_what_the_network_says_of_a_doubled_batch(layout, negative):
    unet = network(layout)
    given, null = heard(unet, 0), heard(unet, 1, null=not negative)
    bound = BoundUNet(unet, given, null)
    for seed in range(2):
        wanted = plain(unet, given, null, *noisy(seed))
        got = bound(*noisy(seed))
        assert (got - wanted).abs().max() <= 1e-12 * wanted.abs().max()


@pytest.mark.parametrize("layout", LAYOUTS)
def test_without_guidance_it_is_the_network(layout):
    unet = network(layout)
    given = heard(unet, 0)
    got, wanted = BoundUNet(unet, given)(*noisy(0)), unet(*noisy(0), *given)
    assert (got - wanted).abs().max() <= 1e-12 * wanted.abs().max()


def test_frames_that_do_not_halve_evenly_are_brought_back_to_their_number():
    unet = network("published")
    given = heard(unet, 0)
    got, wanted = BoundUNet(unet, given)(*noisy(0, frames=18)), None
    wanted = unet(*noisy(0, frames=18), *given)
    assert (got - wanted).abs().max() <= 1e-12 * wanted.abs().max()


def counted(unet, kind, calls):
    """Count calls of a projection of all cross-attentions."""
    return [
        getattr(layer, kind).register_forward_hook(lambda *_: calls.append(1))
        for name, layer in unet.net.named_modules()
        if name.endswith("attn2") and layer.is_cross_attention
    ]


def test_keys_are_computed_once_a_condition_and_not_once_a_step():
    unet, calls = network("published"), []
    handles = counted(unet, "to_k", calls)
    bound = BoundUNet(unet, heard(unet, 0), heard(unet, 1, null=True))
    for seed in range(3):
        bound(*noisy(seed))
    for handle in handles:
        handle.remove()
    assert len(calls) == len(handles) > 0


def test_two_prompts_bound_at_once_do_not_mix_and_the_network_is_left_as_it_was():
    unet = network("published")
    before = dict(unet.net.attn_processors)
    first, second = heard(unet, 0), heard(unet, 7)
    one, two = BoundUNet(unet, first), BoundUNet(unet, second)
    one(*noisy(0)), two(*noisy(0))
    wanted = unet(*noisy(1), *first)
    assert (one(*noisy(1)) - wanted).abs().max() <= 1e-12 * wanted.abs().max()
    assert unet.net.attn_processors == before


def test_reused_features_at_the_same_input_change_nothing_and_elsewhere_little():
    unet = network("published")
    given, null = heard(unet, 0), heard(unet, 1, null=True)
    bound = BoundUNet(unet, given, null)
    latents, step = noisy(0)
    full = bound(latents, step)
    again = bound(latents, step, reuse=True)
    assert (again - full).abs().max() <= 1e-12 * full.abs().max()
    moved = latents + 0.01 * torch.randn_like(latents)
    near = bound(moved, step, reuse=True)
    exact = BoundUNet(unet, given, null)(moved, step)
    assert 0 < (near - exact).abs().max() < 0.05 * exact.abs().max()


def test_a_reusing_pass_leaves_out_the_deep_levels():
    unet, calls = network("published"), []
    handle = unet.net.mid_block.resnets[0].register_forward_hook(
        lambda *_: calls.append(1)
    )
    bound = BoundUNet(unet, heard(unet, 0))
    bound(*noisy(0)), bound(*noisy(1), reuse=True)
    handle.remove()
    assert len(calls) == 1
