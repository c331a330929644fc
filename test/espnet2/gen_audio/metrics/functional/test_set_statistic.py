"""Statistics of sets: intervals cover, biased draws are moved, pairs are narrower."""

from dataclasses import replace

import numpy as np
import pytest

from espnet2.gen_audio.metrics.functional.set_statistic import (
    SetStatistic,
    difference_of,
    estimate_of,
)

NAMES = [f"c{n}" for n in range(30)]


def statistic(x, **options):
    def values(pairs):
        return np.array([x[rows].mean() for rows, _ in pairs])

    return SetStatistic(values, NAMES, NAMES, **options)


def test_the_interval_lies_around_the_value_and_narrows_with_less_spread():
    x = np.random.default_rng(0).normal(3, 1, 30)
    wide, narrow = estimate_of(statistic(x), 200, 0), estimate_of(
        statistic(x / 9), 200, 0
    )
    assert wide.low < wide.value < wide.high
    assert narrow.high - narrow.low == pytest.approx((wide.high - wide.low) / 9)


def test_draws_of_a_biased_statistic_are_moved_to_the_value():
    def values(pairs):
        return np.array([10 / len(rows) + rows.mean() / 1e3 for rows, _ in pairs])

    biased = SetStatistic(values, NAMES, NAMES, biased=True)
    found = estimate_of(biased, 200, 0)
    assert found.low < found.value < found.high
    unmoved = estimate_of(replace(biased, biased=False), 200, 0)
    assert unmoved.low > unmoved.value


def test_a_paired_difference_is_surer_than_its_sides():
    x = np.random.default_rng(0).normal(0, 1, 30)
    found = difference_of(statistic(x + 0.1), statistic(x), 200, 0)
    assert found.value == pytest.approx(0.1) and found.low > 0.09
    own = difference_of(statistic(x), statistic(x), 200, 0)
    assert own.value == own.low == own.high == 0


def test_bounds_hold_and_few_clips_have_no_interval():
    found = estimate_of(statistic(np.arange(30.0), bounds=(14.0, 15.0)), 50, 0)
    assert found.low == 14 and found.high == 15
    few = replace(statistic(np.arange(30.0)), x_groups=NAMES[:3])
    assert estimate_of(few, 50, 0).low is None


def test_systems_of_other_clips_are_refused():
    one = statistic(np.arange(30.0))
    with pytest.raises(ValueError, match="same captions"):
        difference_of(one, replace(one, x_groups=NAMES[1:] + ["z"]), 50, 0)


def test_one_system_may_have_more_frames_than_the_other():
    def values(pairs):
        return np.array([len(rows) for rows, _ in pairs])

    one = SetStatistic(values, NAMES, NAMES)
    other = SetStatistic(values, [n for n in NAMES for _ in range(3)], NAMES)
    found = difference_of(other, one, 50, 0)
    assert found.value == 60 and found.low == found.high == 30
