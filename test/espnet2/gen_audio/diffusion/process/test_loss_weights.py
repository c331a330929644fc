"""Weights of the loss: the paper's formulas, one weight for equivalent targets."""

import math

import pytest
import torch

from espnet2.gen_audio.diffusion.process.loss_weights import LossWeighting
from espnet2.gen_audio.diffusion.process.variance_preserving import VariancePreserving

SNRS = (1e-5, 0.3, 1.0, 4.999, 5.0, 5.001, 80.0, 1e6)
PAPER = {  # arXiv:2303.09556
    "x0": lambda snr, gamma: min(snr, gamma),
    "eps": lambda snr, gamma: min(snr, gamma) / snr,
    "v": lambda snr, gamma: min(snr, gamma) / (snr + 1),
}
TIMES = torch.tensor([0, 20, 300, 640, 999])


@pytest.mark.parametrize("gamma", [1.0, 5.0])
@pytest.mark.parametrize("objective", list(PAPER))
def test_min_snr_weights_are_those_of_the_paper(objective, gamma):
    found = LossWeighting("min_snr", gamma).of_snr(torch.tensor(SNRS), objective)
    assert found.tolist() == pytest.approx(
        [PAPER[objective](snr, gamma) for snr in SNRS], rel=1e-6
    )


@pytest.mark.parametrize("objective", list(PAPER))
def test_without_a_weighting_every_weight_is_exactly_one(objective):
    found = LossWeighting().of_snr(torch.tensor(SNRS), objective)
    assert found.tolist() == [1.0] * len(SNRS)


@pytest.mark.parametrize("objective", list(PAPER))
def test_weights_are_finite_where_signal_or_noise_has_ended(objective):
    ends = torch.tensor([0.0, math.inf])
    found = LossWeighting("min_snr").of_snr(ends, objective).tolist()
    assert found == {"x0": [0.0, 5.0], "eps": [1.0, 0.0], "v": [0.0, 0.0]}[objective]


@pytest.mark.parametrize("objective", list(PAPER))
def test_every_target_gives_the_error_of_x0_the_same_weight_and_gradient(objective):
    torch.manual_seed(0)
    process = VariancePreserving(objective=objective, loss_weighting="min_snr").double()
    x0, eps = torch.randn(2, len(TIMES), 2, 4, 4, dtype=torch.float64)
    noisy = process.add_noise(x0, eps, TIMES)
    estimate = (x0 + torch.randn_like(x0)).requires_grad_()
    # what a network predicts that estimates this x0
    signal, sigma = process.schedule.weights(TIMES)
    implied_eps = (noisy - signal * estimate) / sigma
    predicted = process.target(estimate, implied_eps, TIMES)
    errors = (predicted - process.target(x0, eps, TIMES)).square().sum(dim=(1, 2, 3))
    loss = (process.loss_weights(TIMES) * errors).sum()
    (gradient,) = torch.autograd.grad(loss, estimate)

    alpha_bar = torch.linspace(0.0015**0.5, 0.0195**0.5, 1000, dtype=torch.float64)
    alpha_bar = (1 - alpha_bar.square()).cumprod(dim=0)[TIMES]
    weight = (alpha_bar / (1 - alpha_bar)).clamp(max=5.0)
    wanted = 2 * weight.view(-1, 1, 1, 1) * (estimate - x0).detach()
    torch.testing.assert_close(gradient, wanted, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(
    ("objective", "mean"), [("eps", 0.95), ("v", 0.23), ("x0", 0.96)]
)
def test_their_mean_over_the_published_schedule_is_as_stated(objective, mean):
    process = VariancePreserving(objective=objective, loss_weighting="min_snr")
    found = process.loss_weights(torch.arange(1000)).mean().item()
    assert found == pytest.approx(mean, abs=0.006)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (("snr", 5.0), "loss_weighting 'snr' is unknown; use none, min_snr"),
        (("min_snr", 0.0), "min_snr_gamma 0.0 must be above 0"),
        (("min_snr", -5.0), "min_snr_gamma -5.0 must be above 0"),
        (("min_snr", math.inf), "min_snr_gamma inf must be above 0 and finite"),
        (("min_snr", math.nan), "min_snr_gamma nan must be above 0"),
    ],
)
def test_an_unknown_weighting_and_an_unusable_gamma_are_refused(values, message):
    with pytest.raises(ValueError, match=message):
        LossWeighting(*values)
