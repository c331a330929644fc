"""DDIM on the authors' steps, against their sampler written out."""

import math

import pytest
import torch

from espnet2.gen_audio.diffusion.process.variance_preserving import VariancePreserving
from espnet2.gen_audio.sampling.sampler import sample_latents
from espnet2.gen_audio.sampling.strided_ddim import strided_steps, with_strided_steps
from espnet2.gen_audio.seeding import generators_of, normal_of

SHAPE = (2, 4, 4)
# wanted -> how many are run, and the first of them
PUBLISHED = {200: (200, 996), 30: (31, 991), 60: (63, 993), 150: (167, 997)}


def network(noisy, step):
    return torch.tanh(0.7 * noisy + step[:, None, None, None] / 1000)


def ours(wanted, eta, strided=True):
    """Return the latent of one clip."""
    scheduler = VariancePreserving().build_scheduler("ddim")
    if strided:
        scheduler = with_strided_steps(scheduler)
    generators = generators_of(0, ["clip"])
    noise = normal_of(generators, SHAPE)
    return sample_latents(network, scheduler, noise, generators, wanted, eta)


def authors(wanted, eta):
    """Sample with tables and loop of latent diffusion, in double precision."""
    first, last, product, alphas = math.sqrt(0.0015), math.sqrt(0.0195), 1.0, []
    for t in range(1000):
        product *= 1 - (first + (last - first) * t / 999) ** 2
        alphas.append(product)
    steps = [t + 1 for t in range(0, 1000, 1000 // wanted)]
    previous = [alphas[0], *(alphas[t] for t in steps[:-1])]
    (generator,) = generators_of(0, ["clip"])
    x = torch.randn((1, *SHAPE), generator=generator).double()
    for step, before in reversed(list(zip(steps, previous))):
        a = alphas[step]
        eps = network(x, torch.tensor([step]))
        sigma = eta * math.sqrt((1 - before) / (1 - a) * (1 - a / before))
        x0 = (x - math.sqrt(1 - a) * eps) / math.sqrt(a)
        x = math.sqrt(before) * x0 + math.sqrt(1 - before - sigma**2) * eps
        if eta:
            x = x + sigma * torch.randn((1, *SHAPE), generator=generator)
    return x


def difference(found, wanted):
    return float((found - wanted).abs().max() / wanted.abs().max())


@pytest.mark.parametrize("wanted", PUBLISHED)
def test_the_steps_are_those_of_the_authors_program(wanted):
    steps = strided_steps(1000, wanted)
    assert (len(steps), steps[-1]) == PUBLISHED[wanted] and steps[0] == 1
    scheduler = with_strided_steps(VariancePreserving().build_scheduler("ddim"))
    scheduler.set_timesteps(wanted)
    assert scheduler.timesteps.tolist() == steps[::-1]


@pytest.mark.parametrize("eta", [0.0, 1.0])
@pytest.mark.parametrize("wanted", PUBLISHED)
def test_the_latent_is_that_of_the_authors_sampler(wanted, eta):
    expected = authors(wanted, eta)
    assert difference(ours(wanted, eta), expected) < 1e-5
    # without their steps only those that divide 1000 give it
    exact = difference(ours(wanted, eta, strided=False), expected)
    assert exact < 1e-5 if wanted == 200 else exact > 1e-3


def test_steps_that_reach_beyond_the_schedule_are_refused():
    with pytest.raises(ValueError, match="300 steps would start at step 1000 of 1000"):
        ours(300, 0.0)


def test_another_solver_stays_as_it_is():
    solver = VariancePreserving().build_scheduler("dpm++")
    assert with_strided_steps(solver) is solver
