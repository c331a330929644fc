"""Intervals: what they cover, and that clips of one recording count as one."""

import numpy as np
import pytest

from espnet2.gen_audio.metrics.functional.estimate import (
    Estimate,
    bootstrap_mean,
    bootstrap_ratio,
    group_rows,
    half_sample_interval,
)


def names(count, per_group=1):
    return [f"r{i // per_group:03d}" for i in range(count)]


def test_the_bootstrap_interval_covers_the_true_mean_about_95_times_in_100():
    rng = np.random.default_rng(0)
    covered = 0
    for trial in range(200):
        estimate = bootstrap_mean(rng.normal(3.0, 1.0, 40), names(40), 300, trial)
        covered += estimate.low <= 3.0 <= estimate.high
    assert 178 <= covered <= 198


def test_copies_of_a_clip_do_not_narrow_the_interval():
    values = np.random.default_rng(1).normal(size=30)
    single = bootstrap_mean(values, names(30), 2000, 0)
    copied = bootstrap_mean(np.repeat(values, 5), names(150, 5), 2000, 0)
    assert copied.value == pytest.approx(single.value)
    assert copied.high - copied.low == pytest.approx(single.high - single.low, rel=1e-9)


def test_the_spread_of_half_samples_is_that_of_the_mean():
    rng = np.random.default_rng(2)
    values = rng.normal(size=400)
    low, high = half_sample_interval(
        lambda x, y: values[x].mean(), names(400), [f"y{i}" for i in range(8)], 2000, 0
    )
    width = 2 * 1.96 * values.std() / np.sqrt(400)
    assert high - low == pytest.approx(width, rel=0.1)


def test_groups_of_both_samples_are_drawn_in_both_at_once():
    def differs(x, y):
        return float(list(x) != list(y))

    assert half_sample_interval(differs, names(10), names(10), 20, 0) == (0.0, 0.0)


def test_groups_are_ordered_by_name_whatever_the_order_of_rows():
    rows = group_rows(["b", "a", "b"])
    assert list(rows) == ["a", "b"] and rows["b"].tolist() == [0, 2]


def test_too_few_groups_for_an_interval_are_refused():
    with pytest.raises(ValueError, match="at least 4"):
        half_sample_interval(lambda x, y: 0.0, names(3), names(9), 5, 0)
    with pytest.raises(ValueError, match="one group per value"):
        bootstrap_mean(np.zeros(0), [], 5, 0)


def test_an_estimate_without_an_interval_says_so_in_json():
    assert Estimate(1 / 3, None, None, 2).to_dict() == {
        "value": 0.333333,
        "low": None,
        "high": None,
        "clips": 2,
    }


def test_a_ratio_is_of_sums_and_its_interval_holds_it():
    rng = np.random.default_rng(0)
    below = rng.integers(1, 5, 60)
    above = rng.binomial(below, 0.3)
    groups = [f"u{n}" for n in range(60)]
    found = bootstrap_ratio(above, below, groups, 500, 0)
    assert found.value == above.sum() / below.sum()
    assert found.low < found.value < found.high


def test_seeds_of_one_utterance_do_not_narrow_the_interval():
    rng = np.random.default_rng(1)
    above, below = rng.integers(0, 4, 40), np.full(40, 3)
    groups = [f"u{n}" for n in range(40)]
    once = bootstrap_ratio(above, below, groups, 300, 0)
    twice = bootstrap_ratio([*above, *above], [*below, *below], groups * 2, 300, 0)
    assert (twice.low, twice.high) == pytest.approx((once.low, once.high))


def test_nothing_to_divide_by_is_refused():
    with pytest.raises(ValueError, match="something to divide by"):
        bootstrap_ratio([0], [0], ["a"], 10, 0)
