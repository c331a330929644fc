"""What a process has without saying so: uniform times, equal weights."""

import pytest
import torch

from espnet2.gen_audio.diffusion.process.abs_process import AbsProcess


class Steps(AbsProcess):
    num_steps = 10

    def add_noise(self, x0, eps, time):
        return x0

    target = to_eps = to_x0 = add_noise

    def build_scheduler(self, name):
        return name


def test_training_draws_every_time_alike_from_the_seed():
    torch.manual_seed(0)
    times = Steps().draw_times(5000)
    counts = times.bincount(minlength=10)
    assert counts.min() > 400 and counts.max() < 600
    torch.manual_seed(0)
    assert torch.equal(times, torch.randint(10, (5000,)))


def test_fractions_of_the_way_reach_every_time_and_none_beyond():
    process = Steps()
    assert [process.time_at(n / 10 + 0.01) for n in range(10)] == list(range(10))
    assert process.time_at(0.0) == 0 and process.time_at(1.0 - 1e-17) == 9


def test_by_default_errors_weigh_alike_and_the_scheduler_takes_the_prediction():
    process, values = Steps(), torch.randn(2, 1, 1, 1)
    assert process.loss_weights(torch.tensor([3, 7])).tolist() == [1.0, 1.0]
    assert process.to_scheduler(values, values + 1, torch.zeros(2)) is values


def test_a_process_without_its_methods_cannot_be_made():
    with pytest.raises(TypeError, match="add_noise"):
        AbsProcess()
