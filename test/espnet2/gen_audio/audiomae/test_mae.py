"""The loss: hidden patches only, each in units of its own spread."""

import torch

from espnet2.gen_audio.audiomae.mae import MaskedAutoencoder, normalise_patches
from espnet2.gen_audio.audiomae.masking import mask_of
from espnet2.gen_audio.audiomae.patches import patchify


class Fixed(torch.nn.Module):
    """Stands in for the decoder: predicts what it is told."""

    def __init__(self, patches):
        super().__init__()
        self.patches = patches

    def forward(self, features, mask):
        return self.patches


def test_normalised_patches_have_mean_zero_and_variance_one():
    patches = normalise_patches(5 + 3 * torch.randn(2, 4, 256))
    torch.testing.assert_close(
        patches.mean(dim=2), torch.zeros(2, 4), rtol=0, atol=1e-5
    )
    torch.testing.assert_close(patches.var(dim=2), torch.ones(2, 4), rtol=1e-4, atol=0)


def test_a_silent_patch_becomes_zeros_and_not_noise():
    assert normalise_patches(torch.full((1, 1, 256), -15.94)).abs().max() < 1e-2


def test_the_loss_counts_hidden_patches_only():
    fbank = torch.randn(1, 64, 32)
    target = normalise_patches(patchify(fbank, 16))
    mask = mask_of(torch.rand(1, 8), 0.5)
    off = torch.where(mask.hidden.unsqueeze(2), 2.0, 100.0)
    mae = MaskedAutoencoder(torch.nn.Identity(), Fixed(target + off), 16)
    mae.encoder.forward = lambda fbank, mask: fbank
    torch.testing.assert_close(mae(fbank, mask), torch.tensor([4.0]))


def test_predicting_the_mean_of_every_patch_costs_one():
    torch.manual_seed(0)
    fbank = torch.randn(2, 64, 32)
    mask = mask_of(torch.rand(2, 8), 0.5)
    mae = MaskedAutoencoder(torch.nn.Identity(), Fixed(torch.zeros(2, 8, 256)), 16)
    mae.encoder.forward = lambda fbank, mask: fbank
    expected = torch.full((2,), 255 / 256)  # the variance divides by n - 1
    torch.testing.assert_close(mae(fbank, mask), expected, rtol=1e-3, atol=0)
