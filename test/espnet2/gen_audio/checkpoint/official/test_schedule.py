"""The schedule of a checkpoint: the published one passes, any other is named."""

import math

import pytest
import torch

from espnet2.gen_audio.checkpoint.official.schedule import (
    check_schedule,
    schedule_buffers,
)
from espnet2.gen_audio.diffusion.process.schedule import NoiseSchedule


def published():
    """Return the twelve vectors as a checkpoint stores them, in float32."""
    return {n: v.float() for n, v in schedule_buffers(NoiseSchedule()).items()}


def test_the_published_schedule_passes_and_its_twelve_vectors_are_listed():
    state = published() | {"logvar": torch.zeros(1000)}
    assert set(check_schedule(state, "x.pth")) == set(published())
    assert len(published()) == 12


def test_ends_of_the_schedule_are_those_of_the_specification():
    vectors = published()
    assert float(vectors["alphas_cumprod"][0]) == pytest.approx(0.9985, abs=1e-6)
    assert float(vectors["alphas_cumprod"][999]) == pytest.approx(1.423e-4, rel=1e-3)


def test_the_vectors_obey_the_laws_of_the_posterior():
    """Mean of x_(t-1) given x_t and x_0 by Bayes' rule for two Gaussians."""
    vectors = schedule_buffers(NoiseSchedule())
    for t in (1, 10, 500, 999):
        beta = float(vectors["betas"][t])
        before = float(vectors["alphas_cumprod"][t - 1])
        prior, noise = 1.0 - before, beta  # variances of the two factors
        variance = 1.0 / (1.0 / prior + (1.0 - beta) / noise)
        x0 = variance * math.sqrt(before) / prior
        xt = variance * math.sqrt(1.0 - beta) / noise
        assert float(vectors["posterior_variance"][t]) == pytest.approx(variance)
        assert float(vectors["posterior_mean_coef1"][t]) == pytest.approx(x0)
        assert float(vectors["posterior_mean_coef2"][t]) == pytest.approx(xt)


def test_our_own_schedule_is_the_one_compared_with():
    vectors, ours = published(), NoiseSchedule()
    assert torch.allclose(vectors["sqrt_alphas_cumprod"], ours.signal, atol=1e-7)
    assert torch.allclose(vectors["sqrt_one_minus_alphas_cumprod"], ours.sigma)


@pytest.mark.parametrize("name", sorted(published()))
def test_a_changed_number_is_refused_by_the_name_of_its_vector(name):
    state = published()
    state[name][700] *= 1.001
    state[name][700] += 1e-5
    with pytest.raises(ValueError, match=rf"x\.pth: {name}\[700\]"):
        check_schedule(state, "x.pth")


def test_a_linear_schedule_is_refused():
    state = published()
    state["betas"] = torch.linspace(0.0015, 0.0195, 1000)
    with pytest.raises(ValueError, match="betas"):
        check_schedule(state, "x.pth")


def test_another_number_of_steps_is_refused_with_both_shapes():
    state = published()
    state["betas"] = state["betas"][:500]
    with pytest.raises(ValueError, match=r"\(500,\).*\(1000,\)"):
        check_schedule(state, "x.pth")


def test_a_missing_vector_is_named():
    state = published()
    del state["posterior_variance"]
    with pytest.raises(ValueError, match="no 'posterior_variance'"):
        check_schedule(state, "x.pth")


def test_numbers_that_are_not_numbers_are_refused():
    state = published()
    state["betas"][3] = float("nan")
    with pytest.raises(ValueError, match=r"betas\[3\]"):
        check_schedule(state, "x.pth")
