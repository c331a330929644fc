"""Paired losses: 0 for the base itself, 1 for noise, narrower than unpaired ones."""

import numpy as np
import pytest

from espnet2.gen_audio.metrics.paired_loss import agreement_loss, kernel_loss

RNG = np.random.RandomState(0)
GROUPS = [f"g{n // 2}" for n in range(80)]
KINDS = ["x", "y"] * 40
REFERENCE = RNG.randn(60, 8)
REFERENCE_GROUPS = [f"r{n}" for n in range(60)]
BASE = [RNG.randn(80, 8) + 0.3 for _ in range(2)]
NOISE = RNG.randn(80, 8) * 3 + 2


def kernel(system, base=BASE):
    return kernel_loss(
        system, base, NOISE, GROUPS, REFERENCE, REFERENCE_GROUPS, draws=100
    )


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


def test_agreement_counts_kinds_alike_and_draws_whole_recordings():
    base = [np.ones(80, bool), np.ones(80, bool)]
    noise = np.arange(80) % 2 == 0  # right on kind x, wrong on y: half
    assert agreement_loss(base, base, noise, GROUPS, KINDS, 50).high == 0.0
    worse = [np.where(np.arange(80) % 8 == 1, False, True)] * 2
    loss = agreement_loss(worse, base, noise, GROUPS, KINDS, 200)
    # a quarter of one of two kinds, on a way of a half
    assert loss.value == pytest.approx(0.25)
    assert 0 < loss.low < 0.25 < loss.high < 0.6
