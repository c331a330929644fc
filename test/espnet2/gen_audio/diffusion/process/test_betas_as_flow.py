"""Betas read as a flow: the same latents, the same steps, and no approximation."""

import pytest
import torch

from espnet2.gen_audio.diffusion.build import build_process
from espnet2.gen_audio.diffusion.process.betas_as_flow import BetasAsFlow, flow_of
from espnet2.gen_audio.diffusion.process.rectified_flow import RectifiedFlow
from espnet2.gen_audio.diffusion.process.variance_preserving import VariancePreserving
from espnet2.gen_audio.sampling.sampler import sample_latents
from espnet2.gen_audio.seeding import generators_of, normal_of

OBJECTIVES = ["eps", "v", "x0"]


def latents(dtype=torch.float64):
    torch.manual_seed(0)
    return torch.randn(3, 2, 4, 4, dtype=dtype), torch.randn(3, 2, 4, 4, dtype=dtype)


def network(noisy, step):
    """Any function of latent and step stands for the weights of a network."""
    mixed = noisy.roll(1, dims=-1) + 0.3 * noisy.flip(2)
    return torch.tanh(mixed) + 0.1 * torch.cos(step / 90.0).view(-1, 1, 1, 1)


def ddim_step(betas, x, step, until):
    """One step of DDIM with eta 0 (arXiv:2010.02502, eq. 12), in double precision."""
    predicted = network(x, step)
    x0, eps = betas.to_x0(predicted, x, step), betas.to_eps(predicted, x, step)
    return betas.add_noise(x0, eps, until)


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_a_step_of_ddim_and_a_step_along_the_velocity_are_the_same(objective):
    betas = VariancePreserving(objective=objective).double()
    flow = BetasAsFlow.of(betas)
    x = latents()[0]
    grid = [torch.full((3,), n) for n in (999, 940, 700, 333, 41, 3)]
    scale = [sum(betas.schedule.weights(n)) for n in grid]
    z = x / scale[0]
    for n, (step, until) in enumerate(zip(grid, grid[1:])):
        x = ddim_step(betas, x, step, until)
        time, end = flow.time_of(step), flow.time_of(until)
        predicted = network(*flow.to_network(z, time))
        rise = ((end - time) / flow.num_steps).view(-1, 1, 1, 1)
        z = z + rise * flow.to_scheduler(predicted, z, time)
        error = (z * scale[n + 1] - x).abs().max() / x.abs().max()
        assert error < 1e-6


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_the_networks_target_becomes_the_velocity(objective):
    flow, (x0, eps) = BetasAsFlow(objective=objective), latents()
    time = torch.tensor([30.0, 512.5, 980.0], dtype=torch.float64)
    noisy, target = flow.add_noise(x0, eps, time), flow.target(x0, eps, time)
    torch.testing.assert_close(flow.to_scheduler(target, noisy, time), eps - x0)
    torch.testing.assert_close(flow.to_eps(target, noisy, time), eps)
    torch.testing.assert_close(flow.to_x0(target, noisy, time), x0)


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_targets_and_loss_weights_at_steps_of_the_schedule_are_those_of_the_betas(
    objective,
):
    conf = {"objective": objective, "loss_weighting": "min_snr"}
    betas, (x0, eps) = VariancePreserving(**conf), latents()
    flow, step = BetasAsFlow(**conf), torch.tensor([0, 400, 999])
    time = flow.time_of(step)
    same = {"rtol": 1e-5, "atol": 1e-6}
    torch.testing.assert_close(
        flow.target(x0, eps, time), betas.target(x0, eps, step), **same
    )
    x, n = flow.to_network(flow.add_noise(x0, eps, time), time)
    torch.testing.assert_close(x, betas.add_noise(x0, eps, step), **same)
    torch.testing.assert_close(n, step.double())
    weights = flow.loss_weights(time), betas.loss_weights(step).double()
    torch.testing.assert_close(*weights, **same)


def test_steps_between_those_of_the_schedule_are_interpolated_and_never_leave_it():
    flow = BetasAsFlow()
    ends = torch.tensor([0.0, 1e-6, 999.9, 1000.0])
    assert flow.step_of(ends).tolist() == [0.0, 0.0, 999.0, 999.0]
    low, high = flow.time_of(torch.tensor([50, 51]))
    between = flow.step_of(torch.linspace(low, high, 5, dtype=torch.float64))
    assert (between.diff() > 0).all() and between[0] == pytest.approx(50)
    assert 0.9 < flow.last < 1 and flow.draw_times(500).max() <= 1000 * flow.last
    assert flow.time_at(0.5) == pytest.approx(500 * flow.last)


@pytest.mark.parametrize("solver", ["euler", "heun"])
def test_a_perfect_network_leads_the_noise_of_the_last_step_to_the_data(solver):
    flow, data = BetasAsFlow(), torch.randn(1, 2, 4, 4)
    generators = generators_of(0, ["a", "b"])
    noise = normal_of(generators, (2, 4, 4))
    seen = []

    def denoise(noisy, step):
        x, n = flow.to_network(noisy, step)
        seen.append((x, n))
        eps = (noisy - (1 - step.view(-1, 1, 1, 1) / 1000) * data) * 1000
        return flow.to_scheduler(eps / step.view(-1, 1, 1, 1), noisy, step)

    made = sample_latents(denoise, flow.build_scheduler(solver), noise, generators, 8)
    torch.testing.assert_close(made, data.expand(2, -1, -1, -1), rtol=0, atol=2e-3)
    # the network first gets what the variance-preserving sampler would give it
    torch.testing.assert_close(seen[0][0], noise)
    assert seen[0][1].tolist() == pytest.approx([999.0, 999.0], abs=0.1)


def test_a_solver_that_must_start_at_pure_noise_is_refused():
    with pytest.raises(ValueError, match="where the betas end; use euler or heun"):
        BetasAsFlow().build_scheduler("dpm++")


def test_a_config_chooses_the_flow_and_keeps_the_arguments_of_the_betas():
    conf = {"beta_start": 0.001, "ddim_conf": {"clip_sample": False}}
    published = {"schedule_conf": conf, "model_conf": {"objective": "v"}}
    flow = build_process({"process": "variance_preserving_flow", **published})
    assert isinstance(flow, BetasAsFlow)
    assert flow.betas.objective == "v" and flow.betas.schedule.beta_start == 0.001


def test_the_flow_of_a_process_is_that_of_its_kind():
    own = RectifiedFlow()
    assert flow_of(own) is own
    assert isinstance(flow_of(VariancePreserving()), BetasAsFlow)
    with pytest.raises(ValueError, match="Identity cannot be read as a velocity"):
        flow_of(torch.nn.Identity())
