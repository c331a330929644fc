"""The condition cache: the same numbers, once a prompt, and nothing left behind."""

import pytest
import torch

from espnet2.gen_audio.conditioner.condition import Condition
from espnet2.gen_audio.diffusion.unet import ConditionalUNet
from espnet2.gen_audio.sampling.attention_cache import conditions_cached


@pytest.fixture(scope="module")
def unet():
    torch.manual_seed(0)
    network = ConditionalUNet(
        latent_channels=4,
        channels=(32, 64),
        layers_per_block=1,
        loa_dim=12,
        tokens_dim=20,
        extra_self_attention=True,
        zero_start=False,
    )
    return network.eval().requires_grad_(False)


def conditions(seed, batch=2, tokens=5):
    torch.manual_seed(seed)
    mask = torch.ones(batch, tokens, dtype=torch.bool)
    mask[0, 3:] = False
    return (
        Condition.from_lengths(torch.randn(batch, 6, 12)),
        Condition(torch.randn(batch, tokens, 20), mask),
    )


def noisy(seed, batch=2):
    torch.manual_seed(seed)
    return torch.randn(batch, 4, 16, 8), torch.arange(batch) * 10 + 3


def counted(unet, calls):
    """Count the calls of every key projection that hears a condition."""
    handles = []
    for name, layer in unet.net.named_modules():
        if name.endswith("attn2") and layer.is_cross_attention:
            handles.append(layer.to_k.register_forward_hook(lambda *_: calls.append(1)))
    return handles


def test_predictions_are_those_without_the_cache_at_every_step(unet):
    loa, tokens = conditions(0)
    plain = [unet(*noisy(step), loa, tokens) for step in range(3)]
    with conditions_cached(unet):
        cached = [unet(*noisy(step), loa, tokens) for step in range(3)]
    for a, b in zip(plain, cached):
        assert (a - b).abs().max() <= 1e-6 * a.abs().max()


def test_keys_are_computed_once_a_condition_and_not_once_a_step(unet):
    loa, tokens = conditions(0)
    calls = []
    handles = counted(unet, calls)
    with conditions_cached(unet):
        for step in range(4):
            unet(*noisy(step), loa, tokens)
    for handle in handles:
        handle.remove()
    assert len(calls) == len(handles) > 0


def test_a_second_prompt_of_the_same_shape_is_not_taken_for_the_first(unet):
    first, second = conditions(1), conditions(2)
    expected = unet(*noisy(0), *second)
    with conditions_cached(unet):
        unet(*noisy(0), *first)
        got = unet(*noisy(0), *second)
    assert torch.allclose(got, expected, atol=1e-6)
    with conditions_cached(unet):
        assert torch.allclose(unet(*noisy(0), *second), expected, atol=1e-6)


def test_the_batch_may_change_within_a_call_as_when_guidance_is_left_out(unet):
    both, one = conditions(1, batch=4), conditions(1, batch=2)
    expected = unet(*noisy(1, 4), *both), unet(*noisy(2, 2), *one)
    with conditions_cached(unet):
        got = unet(*noisy(1, 4), *both), unet(*noisy(2, 2), *one)
        again = unet(*noisy(1, 4), *both)
    for a, b in zip((*expected, expected[0]), (*got, again)):
        assert torch.allclose(a, b, atol=1e-6)


def test_after_an_exception_the_old_processors_are_back(unet):
    before = dict(unet.net.attn_processors)
    with pytest.raises(RuntimeError, match="half-way"):
        with conditions_cached(unet):
            unet(*noisy(0), *conditions(0))
            raise RuntimeError("half-way")
    after = unet.net.attn_processors
    assert before.keys() == after.keys()
    assert all(before[name] is after[name] for name in before)


def test_a_network_that_joins_its_conditions_is_left_as_it_is():
    network = ConditionalUNet(
        latent_channels=4,
        channels=(32, 32),
        layers_per_block=1,
        loa_dim=12,
        tokens_dim=20,
        joined_dim=16,
    ).eval()
    before = dict(network.net.attn_processors)
    with conditions_cached(network):
        inside = network.net.attn_processors
        assert all(before[name] is inside[name] for name in before)
