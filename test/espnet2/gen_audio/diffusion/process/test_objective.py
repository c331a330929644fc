"""Objectives: each prediction gives back the noise and the clean latent it implies."""

import pytest
import torch

from espnet2.gen_audio.diffusion.process.objective import Objective


def case():
    torch.manual_seed(0)
    x0, eps = torch.randn(3, 2, 4, 5).double(), torch.randn(3, 2, 4, 5).double()
    angle = torch.tensor([0.1, 0.8, 1.5]).double().view(3, 1, 1, 1)
    return x0, eps, angle.cos(), angle.sin()


@pytest.mark.parametrize("name", ["eps", "v", "x0"])
def test_the_true_target_implies_the_true_noise_and_the_true_latent(name):
    x0, eps, signal, sigma = case()
    objective, noisy = Objective(name), signal * x0 + sigma * eps
    target = objective.target(x0, eps, signal, sigma)
    torch.testing.assert_close(objective.to_eps(target, noisy, signal, sigma), eps)
    torch.testing.assert_close(objective.to_x0(target, noisy, signal, sigma), x0)


@pytest.mark.parametrize("name", ["eps", "v", "x0"])
def test_any_prediction_implies_noise_and_latent_that_make_up_the_input(name):
    x0, eps, signal, sigma = case()
    objective, noisy = Objective(name), signal * x0 + sigma * eps
    guess = torch.randn_like(x0)
    implied_x0 = objective.to_x0(guess, noisy, signal, sigma)
    implied_eps = objective.to_eps(guess, noisy, signal, sigma)
    torch.testing.assert_close(signal * implied_x0 + sigma * implied_eps, noisy)


def test_velocity_turns_from_noise_to_minus_the_latent():
    x0, eps, *_ = case()
    one, zero = torch.ones(1).double(), torch.zeros(1).double()
    torch.testing.assert_close(Objective("v").target(x0, eps, one, zero), eps)
    torch.testing.assert_close(Objective("v").target(x0, eps, zero, one), -x0)


def test_diffusers_means_the_same_by_its_names():
    from diffusers import DDIMScheduler

    x0, eps, *_ = case()
    for name in ("eps", "v", "x0"):
        objective = Objective(name)
        theirs = DDIMScheduler(
            beta_schedule="scaled_linear",
            prediction_type=objective.prediction_type,
            clip_sample=False,
        )
        signal = theirs.alphas_cumprod[500].double().sqrt()
        sigma = (1 - signal.square()).sqrt()
        theirs.set_timesteps(10)
        step = theirs.step(
            objective.target(x0, eps, signal, sigma), 500, signal * x0 + sigma * eps
        )
        torch.testing.assert_close(step.pred_original_sample, x0, rtol=0, atol=1e-5)


def test_an_unknown_objective_is_refused_with_the_choices():
    with pytest.raises(ValueError, match="eps, v, x0"):
        Objective("score")
