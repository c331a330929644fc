"""Patch discriminator: how much of a mel one score sees, and the hinge loss."""

import pytest
import torch

from espnet2.gen_audio.vae.discriminator import PatchDiscriminator, hinge_loss


def test_the_published_discriminator_has_the_size_of_a_three_layer_patch_gan():
    # 4 x 4 kernels, 1-64-128-256-512-1 channels; bias first and last, norm between
    kernels = 16 * (64 + 64 * 128 + 128 * 256 + 256 * 512 + 512)
    others = 64 + 1 + 2 * (128 + 256 + 512)
    parameters = sum(p.numel() for p in PatchDiscriminator().parameters())
    assert parameters == kernels + others


def test_one_score_sees_a_patch_of_70_by_70():
    discriminator = PatchDiscriminator(width=2).eval()
    mel = torch.zeros(1, 160, 160, requires_grad=True)
    scores = discriminator(mel)
    middle = scores.shape[2] // 2
    scores[0, 0, middle, middle].backward()
    seen = mel.grad[0].abs() > 0
    assert seen.any(dim=1).sum() <= 70 and seen.any(dim=0).sum() <= 70
    assert seen.any(dim=1).sum() >= 68  # a weight may be too small to tell from zero


def test_features_are_one_map_a_layer():
    maps = PatchDiscriminator(width=4).features(torch.randn(2, 64, 64))
    assert [m.shape[1] for m in maps] == [4, 8, 16, 32]


def test_hinge_loss_is_zero_behind_both_margins_and_one_on_the_border():
    assert hinge_loss(torch.tensor([1.0, 5.0]), torch.tensor([-1.0, -3.0])).item() == 0
    assert hinge_loss(torch.zeros(3), torch.zeros(3)).item() == 1.0
    wrong = hinge_loss(torch.tensor([-1.0]), torch.tensor([2.0])).item()
    assert wrong == pytest.approx((2 + 3) / 2)
