"""The U-Net with cached conditions: the numbers of the plain network."""

import pytest
import torch

from espnet2.gen_audio.accel.cached_unet import CachedUNet
from espnet2.gen_audio.sampling.predictor import PlainPredictor


def assert_near(got, wanted):
    assert got.shape == wanted.shape
    assert (got - wanted).abs().max() <= 1e-12 * wanted.abs().max()


@pytest.mark.parametrize("negative", [False, True], ids=["null", "negative prompt"])
def test_the_guidance_batch_is_that_of_the_plain_predictor(
    layout, negative, network, conditions, noisy
):
    unet = network(layout)
    given, null = conditions(unet, 0), conditions(unet, 1, null=not negative)
    cached, plain = CachedUNet(unet, given, null), PlainPredictor(unet, given, null)
    for seed in range(2):
        assert_near(cached(*noisy(seed)), plain(*noisy(seed)))


def test_without_guidance_it_is_the_network(layout, network, conditions, noisy):
    unet = network(layout)
    given = conditions(unet)
    assert_near(CachedUNet(unet, given)(*noisy()), unet(*noisy(), given))


def test_frames_that_do_not_halve_evenly_are_brought_back_to_their_number(
    network, conditions, noisy
):
    unet = network("published")
    given = conditions(unet)
    wanted = unet(*noisy(frames=18), given)
    assert_near(CachedUNet(unet, given)(*noisy(frames=18)), wanted)


def test_keys_are_computed_once_a_condition_and_not_once_a_step(
    network, conditions, noisy
):
    unet, calls = network("published"), []
    handles = [
        layer.to_k.register_forward_hook(lambda *_: calls.append(1))
        for name, layer in unet.net.named_modules()
        if name.endswith("attn2") and layer.is_cross_attention
    ]
    cached = CachedUNet(unet, conditions(unet, 0), conditions(unet, 1, null=True))
    for seed in range(3):
        cached(*noisy(seed))
    assert len(calls) == len(handles) > 0


def test_two_prompts_at_once_do_not_mix_and_the_network_is_left_as_it_was(
    network, conditions, noisy
):
    unet = network("published")
    before = dict(unet.net.attn_processors)
    first, second = conditions(unet, 0), conditions(unet, 7)
    one, two = CachedUNet(unet, first), CachedUNet(unet, second)
    one(*noisy(0)), two(*noisy(0))
    assert_near(one(*noisy(1)), unet(*noisy(1), first))
    assert unet.net.attn_processors == before


def test_reused_features_at_the_same_input_change_nothing_and_elsewhere_little(
    network, conditions, noisy
):
    unet = network("published")
    given, null = conditions(unet, 0), conditions(unet, 1, null=True)
    cached = CachedUNet(unet, given, null)
    latents, step = noisy()
    full = cached(latents, step)
    assert_near(cached(latents, step, reuse=True), full)
    moved = latents + 0.01 * torch.randn_like(latents)
    reused = cached(moved, step, reuse=True)
    exact = CachedUNet(unet, given, null)(moved, step)
    assert 0 < (reused - exact).abs().max() < 0.05 * exact.abs().max()


def test_a_reusing_step_leaves_out_the_deep_levels(network, conditions, noisy):
    unet, calls = network("published"), []
    unet.net.mid_block.resnets[0].conv1.register_forward_hook(
        lambda *_: calls.append(1)
    )
    cached = CachedUNet(unet, conditions(unet))
    cached(*noisy(0)), cached(*noisy(1), reuse=True)
    assert len(calls) == 1
