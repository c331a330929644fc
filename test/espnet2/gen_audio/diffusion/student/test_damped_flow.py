"""A noise prediction read as a velocity: exact, or with a bounded gain."""

import pytest
import torch

from espnet2.gen_audio.diffusion.process.betas_as_flow import BetasAsFlow
from espnet2.gen_audio.diffusion.process.rectified_flow import RectifiedFlow
from espnet2.gen_audio.diffusion.process.variance_preserving import VariancePreserving
from espnet2.gen_audio.diffusion.student.damped_flow import DampedFlow, damped

EPS = BetasAsFlow.of(VariancePreserving(objective="eps"))


def latents():
    torch.manual_seed(0)
    return torch.randn(2, 2, 3, 1, 1, dtype=torch.float64).unbind(0)


def at(share):
    return torch.full((2,), 1000.0 * share, dtype=torch.float64)


@pytest.mark.parametrize("share", [0.04, 0.5, EPS.last])
def test_without_damping_it_is_the_change_of_variables(share):
    flow = DampedFlow.of(EPS.betas)
    (predicted, noisy), time = latents(), at(share)
    made, wanted = (f.to_scheduler(predicted, noisy, time) for f in (flow, EPS))
    assert (made - wanted).abs().max() <= 1e-9 * wanted.abs().max()


def test_with_damping_errors_are_not_multiplied_near_pure_noise():
    flow = damped(EPS, 0.3)
    predicted, noisy = latents()
    gains = {}
    for name, each in (("exact", EPS), ("damped", flow)):
        moved = [
            each.to_scheduler(predicted + 1.0, noisy, at(s))
            - each.to_scheduler(predicted, noisy, at(s))
            for s in (0.1, 0.4, 0.7, 0.9, EPS.last)
        ]
        gains[name] = max(change.abs().max().item() for change in moved)
    assert gains["exact"] > 80 and gains["damped"] < 3.2


def test_at_little_noise_damping_changes_nothing_to_speak_of():
    (predicted, noisy), time = latents(), at(0.1)
    made, wanted = (
        f.to_scheduler(predicted, noisy, time) for f in (damped(EPS, 0.3), EPS)
    )
    assert (made - wanted).abs().max() < 1e-4 * wanted.abs().max()


def test_other_predictions_are_read_as_they_are():
    velocity = BetasAsFlow.of(VariancePreserving(objective="v"))
    for flow in (velocity, RectifiedFlow()):
        assert damped(flow, 0.3) is flow
    assert damped(EPS, 0.0) is EPS


@pytest.mark.parametrize("value", [-0.1, float("inf"), float("nan")])
def test_a_value_out_of_range_is_refused(value):
    with pytest.raises(ValueError, match="give 0 or a finite number"):
        damped(EPS, value)
