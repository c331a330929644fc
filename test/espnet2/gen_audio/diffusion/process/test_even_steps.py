"""Equal steps along an average velocity, with the interface of the sampling loop."""

import pytest
import torch

from espnet2.gen_audio.diffusion.process.betas_as_flow import BetasAsFlow
from espnet2.gen_audio.diffusion.process.even_steps import NAME, EvenSteps
from espnet2.gen_audio.diffusion.process.rectified_flow import RectifiedFlow
from espnet2.gen_audio.sampling.given_latent import LatentEdit
from espnet2.gen_audio.sampling.sampler import sample_latents
from espnet2.gen_audio.seeding import generators_of, normal_of


@pytest.mark.parametrize("process", [RectifiedFlow(), BetasAsFlow()])
@pytest.mark.parametrize("steps", [1, 2, 4])
def test_a_perfect_average_leads_noise_to_the_data_in_any_number_of_steps(
    process, steps
):
    data, generators = torch.randn(1, 2, 4, 4), generators_of(0, ["a", "b"])
    solver, times = process.build_scheduler(NAME), []

    def average(noisy, time):
        times.append(time[0].item() / 1000)
        return (noisy - data) / times[-1]  # the straight path that ends in the data

    noise = normal_of(generators, (2, 4, 4))
    made = sample_latents(average, solver, noise, generators, steps)
    torch.testing.assert_close(made, data.expand(2, -1, -1, -1), rtol=0, atol=1e-5)
    assert solver.span == pytest.approx(process.last / steps)
    wanted = [process.last * n / steps for n in range(steps, 0, -1)]
    assert times == pytest.approx(wanted)


def test_a_given_latent_is_mixed_with_the_noise_of_a_time():
    solver, known, noise = EvenSteps(1000, 1.0), *torch.randn(2, 1, 2, 4, 4)
    edit = LatentEdit(known, torch.ones(1, 1, 4, 4))
    solver.set_timesteps(4)
    mixed = edit.noised(solver, noise, solver.timesteps[1])
    torch.testing.assert_close(mixed, 0.25 * known + 0.75 * noise)
