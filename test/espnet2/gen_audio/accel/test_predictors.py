"""Which predictor a network gets, and what preparing a U-Net changes."""

import pytest
import torch

from espnet2.gen_audio.accel import predictors
from espnet2.gen_audio.accel.cached_unet import CachedUNet
from espnet2.gen_audio.accel.compiled_unet import CompiledUNet
from espnet2.gen_audio.accel.onednn import OneDNNLinear
from espnet2.gen_audio.accel.predictors import predictor_factory
from espnet2.gen_audio.accel.prepare import prepare
from espnet2.gen_audio.sampling.predictor import PlainPredictor


def test_a_plain_network_is_called_plainly_and_refuses_to_be_compiled(network):
    unet = network("joined")
    assert predictor_factory(unet) is PlainPredictor
    with pytest.raises(ValueError, match="ConditionalUNet cannot be compiled.*prepare"):
        predictor_factory(unet, compiled=True)


def test_a_prepared_network_gets_cached_conditions_and_is_compiled_if_asked(network):
    unet = network("joined")
    prepare(unet)
    assert predictor_factory(unet) is CachedUNet
    assert predictor_factory(unet, compiled=True) is CompiledUNet


@torch.no_grad()
@pytest.mark.parametrize("slow", [True, False])
def test_prepared_it_predicts_the_same_with_onednn_where_mkl_is_slow(
    slow, monkeypatch, network, conditions, noisy
):
    monkeypatch.setattr(predictors, "mkl_is_slow", lambda: slow)
    unet, (latents, step) = network("published").float(), noisy()
    given = {
        name: each.to("cpu", torch.float32) for name, each in conditions(unet).items()
    }
    wanted, names = unet(latents.float(), step, given), list(unet.state_dict())
    prepare(unet)
    got = unet(latents.float(), step, given)
    torch.testing.assert_close(got, wanted, rtol=1e-4, atol=1e-5)
    assert list(unet.state_dict()) == names
    assert any(isinstance(m, OneDNNLinear) for m in unet.modules()) == slow


@torch.no_grad()
@pytest.mark.parametrize("rows", [1, 3])
def test_prepared_a_step_is_that_of_diffusers_in_every_layout(
    layout, rows, network, conditions, noisy
):
    unet, (latents, step) = network(layout).float(), noisy(rows=rows)
    given, null = (
        {name: each.to("cpu", torch.float32) for name, each in made.items()}
        for made in (conditions(unet, 0, rows), conditions(unet, 1, rows, null=True))
    )
    wanted = PlainPredictor(unet, given, null)(latents.float(), step)
    prepare(unet)
    got = predictor_factory(unet)(unet, given, null)(latents.float(), step)
    assert (got - wanted).abs().max() <= 1e-5 * wanted.abs().max()
    assert got.is_contiguous()


@torch.no_grad()
def test_a_clip_gets_the_same_bits_whatever_was_computed_before_it(
    network, conditions, noisy
):
    unet = network("published").float()
    prepare(unet)
    made = []
    for seeds in ((0, 1, 2), (2, 0, 1)):
        results = {}
        for seed in seeds:
            given = {
                name: each.to("cpu", torch.float32)
                for name, each in conditions(unet, seed, rows=1).items()
            }
            latents, step = noisy(seed, rows=1)
            predict = predictor_factory(unet)(unet, given)
            results[seed] = predict(latents.float(), step)
        made.append(results)
    assert all(torch.equal(made[0][seed], made[1][seed]) for seed in range(3))
