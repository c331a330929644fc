"""Pairs of samples: what can be compared, and what is refused with its numbers."""

import numpy as np
import pytest

from espnet2.gen_audio.metrics.functional.sample import checked_pair


def test_samples_come_back_in_double_precision():
    x, y = checked_pair(np.ones((2, 3), np.float32), [[1, 2, 3], [4, 5, 6]])
    assert x.dtype == y.dtype == np.float64 and y[1, 2] == 6


@pytest.mark.parametrize(
    ("x", "y", "message"),
    [
        (np.zeros((3, 4)), np.zeros((3, 5)), r"\(3, 4\) and \(3, 5\).*one embedding"),
        (np.zeros(4), np.zeros((3, 4)), "must be"),
        (np.zeros((1, 4)), np.zeros((3, 4)), "1 and 3 clips.*at least 2"),
        (np.array([[np.nan, np.inf]] * 2), np.zeros((2, 2)), "4 numbers"),
    ],
)
def test_samples_that_cannot_be_compared_are_refused(x, y, message):
    with pytest.raises(ValueError, match=message):
        checked_pair(x, y)


def test_the_fewest_clips_depend_on_what_is_computed():
    assert len(checked_pair(np.zeros((1, 4)), np.zeros((1, 4)), fewest=1)[0]) == 1
