"""Edits: what stays stays, and how far a sound is noised."""

import pytest
import torch

from espnet2.gen_audio.diffusion.process.schedule import NoiseSchedule
from espnet2.gen_audio.diffusion.process.variance_preserving import VariancePreserving
from espnet2.gen_audio.sampling.given_latent import LatentEdit
from espnet2.gen_audio.sampling.sampler import sample_latents
from espnet2.gen_audio.seeding import generators_of, normal_of

SCHEDULE = NoiseSchedule()
SOLVERS = ["ddim", "dpm++", "UniPCMultistepScheduler", "EulerDiscreteScheduler"]
KNOWN = torch.randn(1, 2, 8, 4, generator=torch.Generator().manual_seed(5)) * 0.8


def ideal(noisy, step):
    """Return the best guess of noise in data that is normal."""
    signal, sigma = SCHEDULE.weights(step.round().long())
    return sigma * noisy / (signal.square() + sigma.square())


def sample(edit, solver="dpm++", steps=20, eta=0.0):
    generators = generators_of(0, ["a"])
    noise = normal_of(generators, KNOWN.shape[1:])
    scheduler = VariancePreserving().build_scheduler(solver)
    if solver.startswith("Euler"):
        # its input is scaled by the solver; the ideal guess is for the scaled one
        pass
    return sample_latents(ideal, scheduler, noise, generators, steps, eta, edit)


@pytest.mark.parametrize("solver", SOLVERS)
def test_what_is_kept_comes_out_as_it_went_in_and_the_rest_is_new(solver):
    keep = torch.zeros(1, 1, 8, 4)
    keep[:, :, :5] = 1.0
    made = sample(LatentEdit(KNOWN, keep), solver)
    assert torch.equal(made[:, :, :5], KNOWN[:, :, :5])
    assert (made[:, :, 5:] - KNOWN[:, :, 5:]).abs().mean() > 0.3


@pytest.mark.parametrize("solver", SOLVERS)
def test_what_is_held_for_more_of_the_steps_comes_out_nearer(solver):
    far = []
    for share in (0.0, 0.25, 0.5, 0.75, 0.95, 1.0):
        keep = torch.full((1, 1, 8, 4), share)
        far.append(
            float((sample(LatentEdit(KNOWN, keep), solver) - KNOWN).abs().mean())
        )
    assert far == sorted(far, reverse=True)
    assert far[0] > 0.3 and far[-2] > 0.0 and far[-1] == 0.0


@pytest.mark.parametrize("solver", SOLVERS)
def test_the_more_noise_the_further_from_the_given_sound(solver):
    nothing = torch.zeros(1, 1, 8, 4)
    far = [
        float((sample(LatentEdit(KNOWN, nothing, s), solver) - KNOWN).abs().mean())
        for s in (0.1, 0.3, 0.5, 0.7, 0.9)
    ]
    assert far == sorted(far) and far[0] < 0.25 * far[-1]


def test_a_strength_of_one_without_mask_is_sampling_from_noise():
    whole = sample(LatentEdit(KNOWN, torch.zeros(1, 1, 8, 4)))
    torch.testing.assert_close(whole, sample(None))


def test_only_the_share_of_the_schedule_is_run():
    edit = LatentEdit(KNOWN, torch.zeros(1, 1, 8, 4), 0.25)
    assert edit.steps_of(torch.arange(20, 0, -1)).tolist() == [5, 4, 3, 2, 1]
    assert len(LatentEdit(KNOWN, torch.zeros(1, 1, 8, 4), 0.01).steps_of(torch.ones(9)))


def test_numbers_and_shapes_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="strength 0.0"):
        LatentEdit(KNOWN, torch.zeros(1, 1, 8, 4), 0.0)
    with pytest.raises(ValueError, match="mask of shape"):
        LatentEdit(KNOWN, torch.zeros(1, 8, 4))
