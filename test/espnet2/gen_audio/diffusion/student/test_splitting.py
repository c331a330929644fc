"""The splitting identity holds for an average velocity that is known exactly."""

import sys
from pathlib import Path

import pytest
import torch

from espnet2.gen_audio.diffusion.student.splitting import integrate, split_average

sys.path.insert(0, str(Path(__file__).parent))

from gaussian_flow import average, moved, velocity  # noqa: E402

LAW = {"rtol": 0, "atol": 1e-5}


def noisy(rows=3):
    torch.manual_seed(0)
    return torch.randn(rows, 2, 4, 4, dtype=torch.float64)


def times(*values):
    return [torch.full((3,), v, dtype=torch.float64) for v in values]


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.999])
def test_the_average_over_both_parts_is_the_average_over_the_interval(share):
    low, high = times(0.05, 0.9)
    middle = low + share * (high - low)
    if share == 0.0:
        middle = low + 1e-9  # the second part has no length, and no weight
    made = split_average(average, noisy(), low, middle, high)
    torch.testing.assert_close(made, average(noisy(), low, high), **LAW)


def test_at_equal_times_the_average_is_the_velocity():
    low, high = times(0.7 - 1e-7, 0.7)
    torch.testing.assert_close(
        average(noisy(), low, high), velocity(noisy(), high), **LAW
    )


def test_three_times_are_consistent_in_either_order():
    r, s, q, t = times(0.1, 0.3, 0.65, 0.95)

    def halves(latent, low, high):
        return split_average(average, latent, low, (low + high) / 2, high)

    by_s = split_average(halves, noisy(), r, s, t)
    by_q = split_average(halves, noisy(), r, q, t)
    torch.testing.assert_close(by_s, by_q, **LAW)
    torch.testing.assert_close(by_s, average(noisy(), r, t), **LAW)


def test_steps_along_a_velocity_approach_the_end_and_an_average_reaches_it():
    end = moved(noisy(), *times(0.0, 1.0))
    one = integrate(average, noisy(), 1.0, 1)
    torch.testing.assert_close(one, end, **LAW)
    errors = [
        (integrate(lambda z, _, t: velocity(z, t), noisy(), 1.0, n) - end).abs().max()
        for n in (1, 8, 64)
    ]
    assert errors[0] > 3 * errors[1] > 9 * errors[2]
