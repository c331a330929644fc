"""Terms of the autoencoder's objective against their definitions."""

import pytest
import torch

from espnet2.gen_audio.vae.loss import (
    VAELossWeights,
    adaptive_weight,
    reconstruction_loss,
)


def test_reconstruction_sums_over_a_clip_and_averages_over_clips():
    mel = torch.zeros(2, 3, 4)
    decoded = torch.stack([torch.ones(3, 4), torch.full((3, 4), 3.0)])
    assert reconstruction_loss(mel, decoded).item() == pytest.approx((12 + 36) / 2)


def test_the_perceptual_distance_counts_once_for_every_pixel():
    mel = torch.zeros(2, 1024, 64)
    loss = reconstruction_loss(mel, mel, torch.tensor([1.0, 3.0]))
    assert loss.item() == pytest.approx(2.0 * 65_536)


def test_the_adaptive_weight_is_the_ratio_of_gradient_norms():
    weight = torch.tensor([3.0, 4.0], requires_grad=True)
    ratio = adaptive_weight(5.0 * weight.sum(), 0.5 * weight.sum(), weight)
    assert ratio.item() == pytest.approx(5 * 2**0.5 / (0.5 * 2**0.5 + 1e-4), rel=1e-5)
    assert not ratio.requires_grad


def test_the_adaptive_weight_stays_below_ten_thousand():
    weight = torch.tensor([1.0], requires_grad=True)
    ratio = adaptive_weight(1e6 * weight.sum(), 0.0 * weight.sum(), weight)
    assert ratio.item() == 1e4


def test_without_gradients_the_adaptive_weight_is_zero():
    weight = torch.tensor([1.0], requires_grad=True)
    with torch.no_grad():
        assert adaptive_weight(weight.sum(), weight.sum(), weight).item() == 0.0


@pytest.mark.parametrize(
    "conf, message",
    [
        ({"perceptual": "vgg"}, "choose one of none, feature, lpips"),
        ({"normalisation": "max"}, "choose one of sum, mean"),
        ({"kl_weight": -1.0}, "must be 0 or more"),
    ],
)
def test_unknown_choices_and_negative_weights_are_refused(conf, message):
    with pytest.raises(ValueError, match=message):
        VAELossWeights(**conf)
