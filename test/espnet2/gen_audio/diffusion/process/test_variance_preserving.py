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


@pytest.mark.parametrize("objective", ["eps", "v", "x0"])
def test_any_prediction_implies_noise_and_latent_that_make_up_the_input(objective):
    process = VariancePreserving(objective=objective)
    x0, eps, time = latents()
    noisy, guess = process.add_noise(x0, eps, time), torch.randn_like(x0)
    implied = process.to_x0(guess, noisy, time), process.to_eps(guess, noisy, time)
    made = process.add_noise(*implied, time)
    torch.testing.assert_close(made, noisy, rtol=0, atol=1e-4)


def test_velocity_turns_from_noise_to_minus_the_latent():
    process, (x0, eps, _) = VariancePreserving(objective="v"), latents()
    for (signal, sigma), wanted in (((1.0, 0.0), eps), ((0.0, 1.0), -x0)):
        process.schedule.signal.fill_(signal)
        process.schedule.sigma.fill_(sigma)
        found = process.target(x0, eps, torch.tensor([1, 2, 3]))
        torch.testing.assert_close(found, wanted)


@pytest.mark.parametrize("objective", ["eps", "v", "x0"])
def test_diffusers_means_the_same_by_its_names(objective):
    process, (x0, eps, _) = VariancePreserving(objective=objective), latents()
    solver, time = process.build_scheduler("ddim"), torch.tensor([501] * 3)
    solver.set_timesteps(10)
    noisy, target = process.add_noise(x0, eps, time), process.target(x0, eps, time)
    step = solver.step(target, 501, noisy)
    torch.testing.assert_close(step.pred_original_sample, x0, rtol=0, atol=1e-4)


def test_an_unknown_objective_is_refused_with_the_choices():
    with pytest.raises(ValueError, match="'score' is unknown; use eps, v, x0"):
        VariancePreserving(objective="score")


def test_errors_weigh_alike_unless_a_weighting_is_chosen():
    time = torch.tensor([0, 500, 999])
    assert VariancePreserving().loss_weights(time).tolist() == [1.0] * 3
    weights = VariancePreserving(loss_weighting="min_snr", min_snr_gamma=2.0)
    alpha_bar = weights.build_scheduler("ddim").alphas_cumprod[time]
    wanted = (2.0 * (1 - alpha_bar) / alpha_bar).clamp(max=1.0)
    torch.testing.assert_close(weights.loss_weights(time), wanted, rtol=1e-4, atol=0)
    assert wanted[0] < 0.01 and wanted[2] == 1.0


def test_an_unknown_weighting_is_refused_with_the_choices():
    with pytest.raises(ValueError, match="'snr' is unknown; use none, min_snr"):
        VariancePreserving(loss_weighting="snr")


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
