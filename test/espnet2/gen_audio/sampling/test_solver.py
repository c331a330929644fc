"""Solvers with betas and of flow matching are asked for the same three things."""

import diffusers
import pytest
import torch

from espnet2.gen_audio.sampling.solver import add_noise, first_latents, network_input


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
