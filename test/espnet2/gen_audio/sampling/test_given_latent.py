"""Edits: what stays stays, and how far a sound is noised."""

import diffusers
import pytest
import torch

from espnet2.gen_audio.diffusion.process.rectified_flow import RectifiedFlow
from espnet2.gen_audio.diffusion.process.schedule import NoiseSchedule
from espnet2.gen_audio.diffusion.process.variance_preserving import VariancePreserving
from espnet2.gen_audio.sampling.given_latent import FROM_NOISE, LatentEdit
from espnet2.gen_audio.sampling.sampler import sample_latents
from espnet2.gen_audio.seeding import generators_of, normal_of

# what diffusers' solvers of second order do with numpy 2 in every step
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
SCHEDULE = NoiseSchedule()
SOLVERS = ["ddim", "dpm++", "UniPCMultistepScheduler", "EulerDiscreteScheduler"]
KNOWN = torch.randn(1, 2, 8, 4, generator=torch.Generator().manual_seed(5)) * 0.8
WANTED = KNOWN.flip(1, 2)


def ideal(noisy, step):
    """Return the best guess of noise in data that is normal."""
    signal, sigma = SCHEDULE.weights(step.round().long())
    return sigma * noisy / (signal.square() + sigma.square())


def noise_towards_wanted(noisy, step):
    """Return the noise of a latent whose clean form is known; steps are fractional."""
    below = step.floor().long()
    ratios = SCHEDULE.sigma.log() - SCHEDULE.signal.log()
    low, high = ratios[below], ratios[(below + 1).clamp(max=999)]
    ratio = (low + (step - below) * (high - low)).exp().view(-1, 1, 1, 1)
    signal = (1 + ratio.square()).rsqrt()
    return (noisy - signal * WANTED) / (ratio * signal)


PERFECT = {
    VariancePreserving: noise_towards_wanted,
    RectifiedFlow: lambda noisy, step: (noisy - WANTED) / (step / 1000),
}


def accepts(process, name):
    """Tell whether a process accepts a solver."""
    try:
        return process.build_scheduler(name) is not None
    except ValueError:
        return False


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
    pairs = torch.tensor([5, 4, 4, 3, 3, 2, 2, 1, 1])  # a solver of second order
    half = LatentEdit(KNOWN, torch.zeros(1, 1, 8, 4), 0.5)
    assert half.steps_of(pairs, order=2).tolist() == [2, 1, 1]
    assert len(LatentEdit(KNOWN, torch.zeros(1, 1, 8, 4), 0.01).steps_of(torch.ones(9)))


ACCEPTED = [
    (process, name)
    for process in (VariancePreserving, RectifiedFlow)
    for name in dir(diffusers)
    if name.endswith("Scheduler") and accepts(process(), name)
]


@pytest.mark.parametrize("process, solver", ACCEPTED)
def test_with_a_perfect_guess_every_solver_comes_from_a_sound_to_another(
    process, solver
):
    """However much of the schedule is run, also from within a pair of steps."""
    far = (KNOWN - WANTED).abs().max()
    nothing, generators = torch.zeros(1, 1, 8, 4), generators_of(0, ["a"])
    noise = normal_of(generators, KNOWN.shape[1:])
    for steps, strength in ((10, 1.0), (10, 0.5), (10, 0.3), (25, 0.9)):
        scheduler = process().build_scheduler(solver)
        edit = LatentEdit(KNOWN, nothing, strength)
        given = (scheduler, noise, generators, steps, 0.0, edit)
        if solver in FROM_NOISE and strength < 1.0:
            with pytest.raises(ValueError, match="must start from pure noise"):
                sample_latents(PERFECT[process], *given)
            continue
        made = sample_latents(PERFECT[process], *given)
        assert (made - WANTED).abs().max() < 0.35 * far, (steps, strength)


def test_numbers_and_shapes_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="strength 0.0"):
        LatentEdit(KNOWN, torch.zeros(1, 1, 8, 4), 0.0)
    with pytest.raises(ValueError, match="mask of shape"):
        LatentEdit(KNOWN, torch.zeros(1, 8, 4))
