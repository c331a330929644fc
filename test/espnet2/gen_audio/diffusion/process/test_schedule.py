"""Noise schedule: its law, the published end values, and diffusers' same schedule."""

import pytest
import torch

from espnet2.gen_audio.diffusion.process.schedule import SCHEDULES, NoiseSchedule


def test_signal_and_noise_keep_unit_variance_at_every_step():
    schedule = NoiseSchedule()
    variance = schedule.signal.square() + schedule.sigma.square()
    torch.testing.assert_close(variance, torch.ones(1000))


def test_published_end_values_are_met():
    alpha_bar = NoiseSchedule().signal.double().square()
    assert alpha_bar[0].item() == pytest.approx(0.9985, abs=1e-6)
    assert alpha_bar[999].item() == pytest.approx(1.423e-4, rel=1e-3)


def test_it_is_the_schedule_that_diffusers_calls_scaled_linear():
    from diffusers import DDIMScheduler

    theirs = DDIMScheduler(
        beta_start=0.0015, beta_end=0.0195, beta_schedule="scaled_linear"
    )
    ours = NoiseSchedule().signal.square()
    torch.testing.assert_close(ours, theirs.alphas_cumprod, rtol=1e-5, atol=0)


def test_each_clip_is_noised_at_its_own_step():
    schedule = NoiseSchedule(10, 0.1, 0.2)
    x0, eps = torch.randn(2, 3, 4, 5), torch.randn(2, 3, 4, 5)
    noisy = schedule.add_noise(x0, eps, torch.tensor([0, 7]))
    for n, step in enumerate((0, 7)):
        expected = schedule.signal[step] * x0[n] + schedule.sigma[step] * eps[n]
        torch.testing.assert_close(noisy[n], expected)


def test_the_signal_to_noise_ratio_is_that_of_the_powers():
    schedule = NoiseSchedule()
    found = schedule.snr(torch.tensor([0, 999]))
    assert found.tolist() == pytest.approx([0.9985 / 0.0015, 1.423e-4], rel=1e-3)


def test_checkpoints_hold_nothing_of_it():
    assert not NoiseSchedule().state_dict()


@pytest.mark.parametrize("numbers", [(1, 0.1, 0.2), (10, 0.2, 0.1), (10, 0.0, 0.1)])
def test_numbers_that_are_no_diffusion_are_refused(numbers):
    with pytest.raises(ValueError, match="published: 1000"):
        NoiseSchedule(*numbers)


@pytest.mark.parametrize("name", SCHEDULES)
def test_every_beta_schedule_is_the_one_of_diffusers_by_its_name(name):
    from diffusers import DDIMScheduler

    theirs = DDIMScheduler(
        beta_start=0.001, beta_end=0.02, beta_schedule=name, num_train_timesteps=200
    )
    ours = NoiseSchedule(200, 0.001, 0.02, name).signal.square()
    torch.testing.assert_close(ours, theirs.alphas_cumprod, rtol=1e-4, atol=1e-9)


def test_an_unknown_beta_schedule_is_refused_with_the_choices():
    with pytest.raises(ValueError, match="'sigmoid' is unknown; .*scaled_linear"):
        NoiseSchedule(beta_schedule="sigmoid")
