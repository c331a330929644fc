"""Paired losses: 0 for the base itself, 1 for noise, narrower than unpaired ones."""

import numpy as np
import pytest

from espnet2.gen_audio.metrics.functional.paired_differences import (
    accuracy_loss,
    kernel_loss,
)
from espnet2.gen_audio.metrics.functional.sample import Sample

RNG = np.random.RandomState(0)
GROUPS = [f"g{n // 2}" for n in range(80)]
CLASSES = ["x", "y"] * 40
REFERENCE = Sample(RNG.randn(60, 8), [f"r{n}" for n in range(60)])
BASE = [RNG.randn(80, 8) + 0.3 for _ in range(2)]
NOISE = RNG.randn(80, 8) * 3 + 2


def kernel(system, base=BASE):
    return kernel_loss(system, base, NOISE, GROUPS, REFERENCE, draws=100)


def test_the_base_itself_loses_nothing_and_noise_loses_all():
    same = kernel(BASE)
    assert (same.value, same.low, same.high) == (0.0, 0.0, 0.0)
    assert kernel([NOISE, NOISE]).value == pytest.approx(1.0)


def test_a_small_step_to_noise_is_a_small_loss_with_a_narrow_interval():
    near = [0.9 * base + 0.1 * NOISE for base in BASE]
    loss = kernel(near)
    assert 0 < loss.low <= loss.value <= loss.high < 0.2
    other = [RNG.randn(80, 8) + 0.3 for _ in range(2)]
    unpaired = kernel(other)
    assert loss.high - loss.low < unpaired.high - unpaired.low


def test_accuracy_counts_classes_alike_and_draws_whole_recordings():
    base = [np.ones(80, bool), np.ones(80, bool)]
    noise = np.arange(80) % 2 == 0  # right on class x, wrong on y: half
    assert accuracy_loss(base, base, noise, GROUPS, CLASSES, 50).high == 0.0
    worse = [np.where(np.arange(80) % 8 == 1, False, True)] * 2
    loss = accuracy_loss(worse, base, noise, GROUPS, CLASSES, 200)
    # a quarter of one of two classes, of a range of a half
    assert loss.value == pytest.approx(0.25)
    assert 0 < loss.low < 0.25 < loss.high < 0.6


def test_a_base_as_bad_as_noise_is_refused():
    noise = np.arange(80) % 2 == 0
    with pytest.raises(ValueError, match="same accuracy, 0.5.*better than noise"):
        accuracy_loss([noise], [noise], noise, GROUPS, CLASSES, 5)
    with pytest.raises(ValueError, match="same kernel distance"):
        kernel([NOISE], base=[NOISE])
