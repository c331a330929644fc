"""Accuracy: classes weigh the same, intervals draw recordings, permuted is chance."""

import numpy as np
import pytest

from espnet2.gen_audio.metrics.functional.accuracy import (
    estimate_accuracy,
    estimate_permuted,
    macro_accuracy,
)


def test_rare_classes_count_as_much_as_frequent_ones():
    classes = ["bell"] * 9 + ["drum"]
    assert macro_accuracy(classes, ["bell"] * 10) == 0.5


def test_the_interval_of_accuracy_draws_recordings_and_not_clips():
    classes = ["bell"] * 40 + ["drum"] * 40
    rng = np.random.default_rng(6)
    right = np.repeat(rng.random(16) < 0.6, 5)  # whole recordings, right or wrong
    predicted = [c if ok else "wrong" for c, ok in zip(classes, right)]
    recordings = [f"r{i // 5}" for i in range(80)]
    grouped = estimate_accuracy(classes, predicted, recordings)
    single = estimate_accuracy(classes, predicted, [f"c{i}" for i in range(80)])
    assert grouped.value == single.value == macro_accuracy(classes, predicted)
    assert grouped.high - grouped.low > 1.5 * (single.high - single.low)


def test_permuted_captions_give_chance():
    classes = [f"class{i % 5}" for i in range(100)]
    estimate = estimate_permuted(classes, classes)
    assert estimate.value == pytest.approx(0.2, abs=0.01)
    assert estimate.low < 0.2 < estimate.high


def test_an_accuracy_of_nothing_is_refused():
    with pytest.raises(ValueError, match="one of each per clip"):
        estimate_accuracy([], [], [])
