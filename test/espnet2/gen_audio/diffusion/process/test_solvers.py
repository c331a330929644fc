"""Solvers: the published grid, our schedule, any class of diffusers, refusals.

Those with betas and those of flow matching are asked for the same three things.
"""

import diffusers
import pytest
import torch

from espnet2.gen_audio.diffusion.process.schedule import NoiseSchedule
from espnet2.gen_audio.diffusion.process.solvers import (
    add_noise,
    build_solver,
    ddim_options,
    first_latents,
    network_input,
)
from espnet2.gen_audio.diffusion.process.variance_preserving import VariancePreserving


def build(name, objective="eps"):
    return VariancePreserving(objective=objective).build_scheduler(name)


def test_ddim_with_200_steps_visits_the_published_grid():
    scheduler = build("ddim")
    scheduler.set_timesteps(200)
    assert scheduler.timesteps.tolist() == list(range(996, 0, -5))


def test_the_last_ddim_step_ends_at_the_first_step_of_the_schedule():
    # published: alpha_bar before the last step is alpha_bar[0], not 1
    scheduler = build("ddim")
    expected = NoiseSchedule().signal[0].square()
    torch.testing.assert_close(scheduler.final_alpha_cumprod, expected)


@pytest.mark.parametrize(
    "name",
    [
        "ddim",
        "dpm++",
        "EulerDiscreteScheduler",
        "UniPCMultistepScheduler",
        "CogVideoXDDIMScheduler",
    ],
)
def test_every_solver_follows_our_schedule_and_objective(name):
    scheduler = build(name, "v")
    ours = NoiseSchedule().signal.square()
    theirs = scheduler.alphas_cumprod.float()
    torch.testing.assert_close(theirs, ours, rtol=1e-5, atol=0)
    assert scheduler.config.prediction_type == "v_prediction"


def test_no_solver_clips_the_latent():
    assert build("ddim").config.clip_sample is False
    assert build("DDPMScheduler").config.clip_sample is False


@pytest.mark.parametrize("name", ["dpm", "AutoencoderKL", "SchedulerMixin"])
def test_an_unknown_solver_is_refused_with_the_choices(name):
    with pytest.raises(ValueError, match="use ddim, dpm"):
        build(name)


@pytest.mark.parametrize(
    "name, message",
    [
        ("DDIMInverseScheduler", "is unknown; use ddim"),
        ("DPMSolverMultistepInverseScheduler", "is unknown; use ddim"),
        ("CogVideoXDPMScheduler", "needs old_pred_original_sample, timestep_back at"),
    ],
)
def test_a_solver_that_cannot_sample_step_by_step_is_refused(name, message):
    with pytest.raises(ValueError, match=message):
        build(name)


def test_a_solver_that_cannot_follow_the_schedule_is_refused():
    with pytest.raises(ValueError, match="does not accept beta_start"):
        build("FlowMatchEulerDiscreteScheduler")


def test_a_process_without_betas_gets_the_solvers_that_fit_it():
    short = {"euler": "FlowMatchEulerDiscreteScheduler"}
    solver = build_solver("euler", {"num_train_timesteps": 1000, "shift": 2.0}, short)
    assert (solver.config.num_train_timesteps, solver.config.shift) == (1000, 2.0)
    with pytest.raises(ValueError, match="does not accept shift; use euler"):
        build_solver("DDIMScheduler", {"shift": 2.0}, short)


def solver(name):
    made = getattr(diffusers, f"{name}Scheduler")()
    made.set_timesteps(10)
    return made


def test_flow_matching_starts_from_the_noise_itself_and_mixes_linearly():
    flow, noise = solver("FlowMatchEulerDiscrete"), torch.randn(2, 1, 3, 3)
    assert torch.equal(first_latents(flow, noise), noise)
    step = flow.timesteps[4]
    assert network_input(flow, noise, step) is noise
    sigma, known = step / 1000, torch.randn(2, 1, 3, 3)
    expected = sigma * noise + (1 - sigma) * known
    torch.testing.assert_close(add_noise(flow, known, noise, step), expected)


@pytest.mark.parametrize("name", ["DDIM", "EulerDiscrete"])
def test_solvers_with_betas_do_it_their_own_way(name):
    known, noise = torch.randn(2, 1, 3, 3), torch.randn(2, 1, 3, 3)
    mine, theirs = solver(name), solver(name)
    step = mine.timesteps[4]
    first = noise * theirs.init_noise_sigma
    assert torch.equal(first_latents(mine, noise), first)
    wanted = theirs.scale_model_input(known, step)
    assert torch.equal(network_input(mine, known, step), wanted)
    wanted = theirs.add_noise(known, noise, step.expand(2))
    assert torch.equal(add_noise(mine, known, noise, step), wanted)


def test_a_model_may_set_ddim_otherwise_and_no_other_solver_takes_it():
    process = VariancePreserving(ddim_conf={"clip_sample": True, "steps_offset": 3})
    config = process.build_scheduler("ddim").config
    assert config.clip_sample and config.steps_offset == 3
    assert not config.set_alpha_to_one  # as published
    assert not process.build_scheduler("DDPMScheduler").config.clip_sample


def test_an_option_that_ddim_does_not_have_is_refused():
    with pytest.raises(ValueError, match="ddim_conf has eta; accepted are clip_sample"):
        ddim_options({"eta": 1.0})
