"""The published process: noise and latent come back from every kind of prediction."""

import pytest
import torch

from espnet2.gen_audio.diffusion.process.variance_preserving import VariancePreserving


def latents():
    torch.manual_seed(0)
    return torch.randn(3, 2, 4, 4), torch.randn(3, 2, 4, 4), torch.tensor([3, 500, 990])


@pytest.mark.parametrize("objective", ["eps", "v", "x0"])
def test_the_target_gives_noise_and_latent_back(objective):
    process = VariancePreserving(objective=objective)
    x0, eps, time = latents()
    noisy = process.add_noise(x0, eps, time)
    target = process.target(x0, eps, time)
    close = {"rtol": 0, "atol": 1e-4}
    torch.testing.assert_close(process.to_eps(target, noisy, time), eps, **close)
    torch.testing.assert_close(process.to_x0(target, noisy, time), x0, **close)


def test_variance_is_preserved_at_every_time():
    process = VariancePreserving()
    one = torch.ones(1000, 1, 1, 1)
    time = torch.arange(1000)
    signal = process.add_noise(one, 0 * one, time)
    sigma = process.add_noise(0 * one, one, time)
    torch.testing.assert_close(signal.square() + sigma.square(), one)


def test_the_solver_knows_schedule_and_objective():
    process = VariancePreserving(100, 0.001, 0.02, "v")
    config = process.build_scheduler("ddim").config
    assert (config.num_train_timesteps, config.beta_end) == (100, 0.02)
    assert (config.beta_schedule, config.prediction_type) == (
        "scaled_linear",
        "v_prediction",
    )


def test_nothing_of_it_is_in_a_checkpoint():
    assert not VariancePreserving().state_dict()
