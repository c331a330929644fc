"""The latent's distribution: how it is stored, sampled and measured."""

import pytest
import torch

from espnet2.gen_audio.vae.posterior import (
    frames_to_posterior,
    kl_to_standard_normal,
    posterior_to_frames,
    sample_posterior,
    split_moments,
)


def test_frames_give_the_posterior_back():
    mean, log_variance = torch.randn(2, 3, 5, 4), torch.randn(2, 3, 5, 4)
    frames = posterior_to_frames(mean, log_variance)
    assert frames.shape == (2, 5, 24)
    back = frames_to_posterior(frames, channels=3)
    torch.testing.assert_close(back, (mean, log_variance), rtol=0, atol=0)


def test_a_frame_holds_all_means_channel_by_channel_then_the_log_variances():
    mean = torch.arange(6.0).view(1, 2, 1, 3)  # two channels of three bins
    frames = posterior_to_frames(mean, mean - 10)
    expected = torch.tensor([0.0, 1, 2, 3, 4, 5, -10, -9, -8, -7, -6, -5])
    torch.testing.assert_close(frames[0, 0], expected)


def test_a_frame_that_cannot_hold_the_channels_is_refused():
    with pytest.raises(ValueError, match="multiple of 6"):
        frames_to_posterior(torch.zeros(1, 5, 20), channels=3)


def test_extreme_log_variances_are_clamped_before_they_overflow():
    moments = torch.tensor([0.0, 1000.0]).view(1, 2, 1, 1)
    mean, log_variance = split_moments(moments)
    assert log_variance.item() == 20.0
    assert torch.isfinite(sample_posterior(mean, log_variance)).all()
    assert split_moments(-moments)[1].item() == -30.0


def test_samples_have_the_mean_and_std_of_the_posterior():
    mean = torch.full((1, 1, 300, 300), 2.0)
    generator = torch.Generator().manual_seed(0)
    sample = sample_posterior(mean, torch.full_like(mean, 0.5).log(), generator)
    assert sample.mean().item() == pytest.approx(2.0, abs=0.02)
    assert sample.var().item() == pytest.approx(0.5, abs=0.02)


def test_one_generator_state_gives_one_sample():
    mean = torch.zeros(1, 2, 3, 4)
    first, second = (
        sample_posterior(mean, mean, torch.Generator().manual_seed(7)) for _ in "ab"
    )
    assert torch.equal(first, second)


def test_kl_is_that_of_torch_and_a_mean_over_elements():
    mean, log_variance = torch.randn(2, 3, 5, 4), torch.randn(2, 3, 5, 4)
    posterior = torch.distributions.Normal(mean, (0.5 * log_variance).exp())
    normal = torch.distributions.Normal(0.0, 1.0)
    expected = torch.distributions.kl_divergence(posterior, normal).mean()
    torch.testing.assert_close(kl_to_standard_normal(mean, log_variance), expected)
