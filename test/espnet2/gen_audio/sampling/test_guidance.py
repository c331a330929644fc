"""Guidance: its formula, what a scale of 1 saves, and padding between both halves."""

import pytest
import torch

from espnet2.gen_audio.conditioner.condition import Condition
from espnet2.gen_audio.sampling.guidance import guided


class Recorder:
    """A network whose answer is the noisy latent plus the sum of its conditions."""

    def __init__(self):
        self.batches = []

    def __call__(self, noisy, step, loa, tokens):
        self.batches.append(len(noisy))
        total = step.float()
        for condition in (loa, tokens):
            if condition is not None:
                valid = condition.embedding * condition.mask[:, :, None]
                total = total + valid.sum(dim=(1, 2))
        return noisy + total[:, None, None, None]


def ones(length, value=1.0):
    return Condition.from_lengths(torch.full((2, length, 3), value))


NOISY, STEP = torch.zeros(2, 1, 4, 4), torch.tensor([0, 10])


def test_the_answer_moves_away_from_the_null_prediction():
    network = Recorder()
    denoise = guided(network, ones(2), ones(5), ones(2, 0.0), ones(1, 0.5), 3.0)
    # conditional 6 + 15, null 0 + 1.5, and the step, which both halves must get
    expected = torch.tensor([1.5 + 3 * 19.5, 11.5 + 3 * 19.5])
    torch.testing.assert_close(denoise(NOISY, STEP)[:, 0, 0, 0], expected)
    assert network.batches == [4]


def test_a_scale_of_one_asks_for_one_prediction_alone():
    network = Recorder()
    denoise = guided(network, ones(2), None, None, None, 1.0)
    assert denoise(NOISY, STEP)[0, 0, 0, 0] == 6.0
    assert network.batches == [2]


def test_a_scale_of_zero_is_the_null_prediction():
    denoise = guided(Recorder(), ones(2), None, ones(2, 0.25), None, 0.0)
    assert denoise(NOISY, STEP)[0, 0, 0, 0] == 1.5


def test_a_missing_null_condition_and_a_negative_scale_are_refused():
    with pytest.raises(ValueError, match="null condition"):
        guided(Recorder(), ones(2), None, None, None, 2.0)
    with pytest.raises(ValueError, match="guidance_scale -1.0"):
        guided(Recorder(), ones(2), None, ones(2), None, -1.0)
