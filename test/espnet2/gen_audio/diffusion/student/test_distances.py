"""Distances of a student, in units of the teacher's own single step."""

import sys
from pathlib import Path

import pytest
import torch

from espnet2.gen_audio.diffusion.student.distances import (
    relative_distances,
    root_mean_square,
)

sys.path.insert(0, str(Path(__file__).parent))

from gaussian_flow import average, velocity  # noqa: E402


def instant(noisy, low, high):
    return velocity(noisy, high)


def test_a_student_that_is_its_teacher_gains_nothing_in_one_pass():
    noisy = torch.randn(3, 2, 4, 4)
    found = relative_distances(instant, instant, noisy, 1.0, 50, (1, 4))
    torch.testing.assert_close(found["distance_1"], torch.ones(3))
    assert (found["distance_4"] < 0.6).all()


def test_a_perfect_student_is_as_near_as_the_steps_of_its_teacher_allow():
    noisy = torch.randn(3, 2, 4, 4)
    found = relative_distances(instant, average, noisy, 1.0, 200, (1, 2))
    assert max(found["distance_1"].max(), found["distance_2"].max()) < 0.02


def test_the_root_mean_square_is_that_of_each_clip():
    difference = torch.ones(2, 1, 2, 2) * torch.tensor([2.0, 3.0]).view(-1, 1, 1, 1)
    assert root_mean_square(difference).tolist() == pytest.approx([2.0, 3.0])
