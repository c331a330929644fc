"""The sampling loop: the law of its result, independence of clips, refusals, a bar."""

import io

import pytest
import torch

from espnet2.gen_audio.diffusion.process.schedule import NoiseSchedule
from espnet2.gen_audio.diffusion.process.variance_preserving import VariancePreserving
from espnet2.gen_audio.sampling.sampler import progress_bar_on, sample_latents
from espnet2.gen_audio.seeding import generators_of, normal_of

SCHEDULE = NoiseSchedule()
MEAN, DEVIATION = 0.7, 0.3


def ideal(objective):
    """Return the best denoiser of data that is normal with MEAN and DEVIATION."""
    process = VariancePreserving(objective=objective)

    def denoise(noisy, step):
        time = step.round().long()  # steps of sigma solvers lie between whole ones
        signal, sigma = SCHEDULE.weights(time)
        variance = (signal * DEVIATION).square() + sigma.square()
        eps = sigma * (noisy - signal * MEAN) / variance
        x0 = (noisy - sigma * eps) / signal
        return process.target(x0, eps, time)

    return denoise


def sample(
    names, scheduler="ddim", objective="eps", steps=50, eta=0.0, shape=(2, 4, 4)
):
    generators = generators_of(0, names)
    return sample_latents(
        ideal(objective),
        VariancePreserving(objective=objective).build_scheduler(scheduler),
        normal_of(generators, shape),
        generators,
        steps,
        eta,
    )


@pytest.mark.parametrize(
    ("scheduler", "objective", "eta", "steps"),
    [
        ("ddim", "eps", 0.0, 200),
        ("ddim", "v", 0.0, 200),
        ("ddim", "x0", 1.0, 500),
        ("ddim", "v", 1.0, 500),
        ("dpm++", "eps", 0.0, 25),
        ("dpm++", "v", 0.0, 15),
        ("UniPCMultistepScheduler", "v", 0.0, 25),
    ],
)
def test_a_perfect_denoiser_gives_the_distribution_of_the_data(
    scheduler, objective, eta, steps
):
    names = [str(n) for n in range(50)]
    latents = sample(names, scheduler, objective, steps, eta, shape=(2, 8, 8))
    assert latents.mean().item() == pytest.approx(MEAN, abs=0.02)
    assert latents.std().item() == pytest.approx(DEVIATION, rel=0.06)


def test_ddim_without_noise_is_its_closed_form():
    # along the path of a normal the state's standard score never changes
    generators = generators_of(0, ["a"])
    noise = normal_of(generators, (1, 4, 4))
    scheduler = VariancePreserving().build_scheduler("ddim")
    latents = sample_latents(ideal("eps"), scheduler, noise, generators, 500)

    def moments(step):
        signal, sigma = SCHEDULE.signal[step], SCHEDULE.sigma[step]
        return signal * MEAN, ((signal * DEVIATION) ** 2 + sigma**2).sqrt()

    (start_mean, start), (end_mean, end) = moments(999), moments(0)
    expected = end_mean + end * (noise - start_mean) / start
    torch.testing.assert_close(latents, expected, rtol=0, atol=0.01)


@pytest.mark.parametrize(
    ("scheduler", "eta"),
    [
        ("ddim", 0.0),
        ("ddim", 1.0),
        ("dpm++", 0.0),
        ("EulerAncestralDiscreteScheduler", 0.0),
        ("DDPMScheduler", 0.0),
    ],
)
def test_a_clip_does_not_depend_on_batch_mates_or_order(scheduler, eta):
    full = sample(["a", "b", "c"], scheduler, steps=10, eta=eta)
    turned = sample(["c", "b", "a"], scheduler, steps=10, eta=eta)
    alone = sample(["b"], scheduler, steps=10, eta=eta)
    torch.testing.assert_close(full, turned.flip(0), rtol=0, atol=1e-5)
    torch.testing.assert_close(full[1:2], alone, rtol=0, atol=1e-5)
    assert (full[0] - full[1]).abs().max() > 0.1


def test_eta_changes_the_path_but_not_the_first_noise():
    assert not torch.allclose(sample(["a"]), sample(["a"], eta=1.0))


def test_sampling_twice_with_one_solver_gives_the_same():
    scheduler = VariancePreserving().build_scheduler("dpm++")
    results = []
    for _ in range(2):
        generators = generators_of(0, ["a"])
        noise = normal_of(generators, (2, 4, 4))
        results.append(sample_latents(ideal("eps"), scheduler, noise, generators, 8))
    assert torch.equal(*results)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"steps": 0}, "0 steps"),
        ({"steps": 1001}, "use 1 to 1000"),
        ({"steps": 1000}, "step 1000 of 1000"),
        ({"steps": 600}, "step 600 of 1000"),
        ({"eta": 1.5}, "eta 1.5"),
        ({"eta": 0.5, "scheduler": "dpm++"}, "has no eta"),
    ],
)
def test_unusable_numbers_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        sample(["a"], **options)


def test_one_generator_for_two_clips_is_refused():
    scheduler = VariancePreserving().build_scheduler("ddim")
    with pytest.raises(ValueError, match="1 generators were given for 2"):
        sample_latents(
            ideal("eps"), scheduler, torch.zeros(2, 1, 4, 4), generators_of(0, "a"), 5
        )


def test_values_that_are_not_finite_stop_the_work():
    scheduler = VariancePreserving().build_scheduler("ddim")
    with pytest.raises(RuntimeError, match="not finite"):
        sample_latents(
            lambda noisy, step: noisy / 0.0,
            scheduler,
            torch.ones(1, 1, 4, 4),
            generators_of(0, "a"),
            2,
        )


def test_a_bar_counts_the_steps_where_one_is_wanted_and_nowhere_else(capfd):
    stream = io.StringIO()
    with progress_bar_on(stream):
        shown = sample(["a"], steps=5)
    assert "sampling" in stream.getvalue() and "/5" in stream.getvalue()
    length = len(stream.getvalue())
    with progress_bar_on(None):
        assert torch.equal(sample(["a"], steps=5), shown)
    sample(["a"], steps=5)
    assert len(stream.getvalue()) == length and capfd.readouterr() == ("", "")
