"""Rectified flow: its laws, the solvers that fit it, its start in pure noise."""

import pytest
import torch

from espnet2.gen_audio.diffusion.process.rectified_flow import RectifiedFlow
from espnet2.gen_audio.sampling.given_latent import LatentEdit
from espnet2.gen_audio.sampling.sampler import sample_latents
from espnet2.gen_audio.seeding import generators_of, normal_of

SOLVERS = ["euler", "heun", "dpm++", "UniPCMultistepScheduler"]


def latents():
    torch.manual_seed(0)
    return torch.randn(3, 2, 4, 4), torch.randn(3, 2, 4, 4)


def test_the_velocity_gives_noise_and_latent_back():
    flow, (x0, eps) = RectifiedFlow(), latents()
    time = flow.draw_times(3)
    noisy, target = flow.add_noise(x0, eps, time), flow.target(x0, eps, time)
    torch.testing.assert_close(flow.to_eps(target, noisy, time), eps)
    torch.testing.assert_close(flow.to_x0(target, noisy, time), x0)


def test_any_prediction_implies_noise_and_latent_that_make_up_the_input():
    flow, (noisy, guess) = RectifiedFlow(), latents()
    time = torch.tensor([3.0, 500.0, 999.5])
    implied = flow.to_x0(guess, noisy, time), flow.to_eps(guess, noisy, time)
    torch.testing.assert_close(flow.add_noise(*implied, time), noisy)


def test_the_ends_of_the_time_axis_are_the_latent_and_pure_noise():
    flow, (x0, eps) = RectifiedFlow(), latents()
    assert torch.equal(flow.add_noise(x0, eps, torch.zeros(3)), x0)
    assert torch.equal(flow.add_noise(x0, eps, torch.full((3,), 1000.0)), eps)


def test_the_velocity_is_the_slope_of_the_path():
    flow, (x0, eps) = RectifiedFlow(), latents()
    early, late = torch.tensor([100.0] * 3), torch.tensor([600.0] * 3)
    rise = flow.add_noise(x0, eps, late) - flow.add_noise(x0, eps, early)
    torch.testing.assert_close(rise / 0.5, flow.target(x0, eps, early))


def test_times_are_continuous_and_fill_the_axis():
    flow = RectifiedFlow(10)
    times = flow.draw_times(4000)
    assert times.is_floating_point() and len(times.unique()) > 3900
    assert 0 <= times.min() < 0.1 and 9.9 < times.max() <= 10
    assert flow.time_at(0.25) == 2.5


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("shift", [1.0, 3.0])
def test_a_perfect_network_leads_any_noise_to_the_data(solver, shift):
    flow, data = RectifiedFlow(shift=shift), torch.randn(1, 2, 4, 4)
    generators = generators_of(0, ["a", "b"])
    made = sample_latents(
        lambda noisy, time: (noisy - data) / (time / 1000).view(-1, 1, 1, 1),
        flow.build_scheduler(solver),
        normal_of(generators, data.shape[1:]),
        generators,
        16,
    )
    tolerance = 1e-4 if solver in ("euler", "heun") else 5e-3  # whole time steps
    torch.testing.assert_close(made, data.expand(2, -1, -1, -1), rtol=0, atol=tolerance)


@pytest.mark.parametrize("solver", SOLVERS)
def test_sampling_starts_with_noise_and_a_shift_moves_its_steps_there(solver):
    plain, shifted = (RectifiedFlow(shift=s).build_scheduler(solver) for s in (1, 4))
    for each in (plain, shifted):
        each.set_timesteps(10)
        assert each.timesteps[0] >= 990
    assert shifted.timesteps.double().mean() > plain.timesteps.double().mean() + 100


@pytest.mark.parametrize("solver", SOLVERS)
def test_noise_is_added_to_a_given_latent_as_in_training(solver):
    flow, (known, eps) = RectifiedFlow(), latents()
    scheduler = flow.build_scheduler(solver)
    scheduler.set_timesteps(10)
    edit = LatentEdit(known, torch.ones(3, 1, 4, 4))
    step = scheduler.timesteps[4]
    expected = flow.add_noise(known, eps, step.expand(3))
    noised = edit.noised(scheduler, eps, step)
    torch.testing.assert_close(noised, expected, rtol=0, atol=2e-3)


def test_the_published_sampler_is_eulers_method_for_a_flow():
    ddim, euler = (RectifiedFlow().build_scheduler(name) for name in ("ddim", "euler"))
    assert type(ddim) is type(euler) and ddim.config == euler.config
    assert not RectifiedFlow.takes_eta


@pytest.mark.parametrize("name", ["DDIMScheduler", "DDPMScheduler"])
def test_solvers_of_betas_are_refused_with_the_choices(name):
    with pytest.raises(ValueError, match="use euler"):
        RectifiedFlow().build_scheduler(name)


@pytest.mark.parametrize("values", [(1, 1.0), (1000, 0.0), (1000, float("inf"))])
def test_unusable_numbers_are_refused(values):
    with pytest.raises(ValueError, match="for example 1000 and 1"):
        RectifiedFlow(*values)


def test_nothing_of_it_is_in_a_checkpoint():
    assert not RectifiedFlow().state_dict()
