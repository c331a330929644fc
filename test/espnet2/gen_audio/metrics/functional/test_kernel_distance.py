"""Kernel distance: parity with a double loop, no bias, growth with a shift."""

import numpy as np
import pytest

from espnet2.gen_audio.metrics.functional.kernel_distance import (
    KernelMatrices,
    estimate_kernel_distance,
    kernel_distance,
)
from espnet2.gen_audio.metrics.functional.sample import Sample


def by_double_loop(x, y):
    def k(a, b):
        return (sum(p * q for p, q in zip(a, b)) / len(a) + 1) ** 3

    n, m = len(x), len(y)
    xx = sum(k(x[i], x[j]) for i in range(n) for j in range(n) if i != j)
    yy = sum(k(y[i], y[j]) for i in range(m) for j in range(m) if i != j)
    xy = sum(k(a, b) for a in x for b in y)
    return xx / (n * (n - 1)) + yy / (m * (m - 1)) - 2 * xy / (n * m)


def test_it_equals_the_definition_written_as_loops():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(7, 5)), rng.normal(0.5, 2.0, size=(4, 5))
    assert kernel_distance(x, y) == pytest.approx(by_double_loop(x, y), rel=1e-12)


def test_it_equals_the_kid_of_torchmetrics():
    image = pytest.importorskip("torchmetrics.image.kid")
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(9, 6)), rng.normal(1.0, 1.0, size=(9, 6))
    theirs = image.poly_mmd(torch.tensor(x), torch.tensor(y), degree=3)
    assert kernel_distance(x, y) == pytest.approx(float(theirs), rel=1e-9)


def test_its_mean_over_draws_of_one_distribution_is_zero_at_any_size():
    rng = np.random.default_rng(2)
    for size in (5, 40):
        values = [
            kernel_distance(rng.normal(size=(size, 8)), rng.normal(size=(12, 8)))
            for _ in range(400)
        ]
        error = np.std(values) / np.sqrt(len(values))
        assert abs(np.mean(values)) < 4 * error


def test_a_larger_shift_is_further_away():
    rng = np.random.default_rng(3)
    x, y = rng.normal(size=(60, 8)), rng.normal(size=(60, 8))
    distances = [kernel_distance(x, y + shift) for shift in (0.0, 0.5, 1.0, 2.0)]
    assert distances == sorted(distances) and distances[-1] > 10 * abs(distances[0])


def test_a_subsample_is_the_distance_of_those_rows():
    rng = np.random.default_rng(4)
    x, y = rng.normal(size=(10, 3)), rng.normal(size=(8, 3))
    rows = np.array([0, 3, 5]), np.array([1, 2, 7])
    expected = kernel_distance(x[rows[0]], y[rows[1]])
    assert KernelMatrices.of(x, y).distance(*rows) == pytest.approx(expected)


def test_the_estimate_is_the_mean_over_seeds_times_100_and_its_interval_covers_it():
    rng = np.random.default_rng(5)
    seeds = [rng.normal(0.7, 1.0, size=(30, 6)) for _ in range(3)]
    groups = [f"r{i}" for i in range(30)]
    reference = Sample(rng.normal(size=(30, 6)), groups)
    estimate = estimate_kernel_distance(seeds, groups, reference, 100, 0)
    single = [kernel_distance(sample, reference.vectors) for sample in seeds]
    assert estimate.value == pytest.approx(100 * np.mean(single))
    assert estimate.low < estimate.value < estimate.high and estimate.clips == 90


def test_intervals_of_near_and_far_sets_lie_apart():
    rng = np.random.default_rng(6)
    groups = [f"r{i}" for i in range(40)]
    reference = Sample(rng.normal(size=(40, 6)), groups)
    near, far = (
        estimate_kernel_distance(
            [rng.normal(mean, 1.0, size=(40, 6))], groups, reference, 100, 0
        )
        for mean in (0.2, 2.0)
    )
    assert near.high < far.low


@pytest.mark.parametrize(
    ("x", "message"),
    [
        (np.full((3, 4), np.nan), "NaN"),
        (np.zeros((1, 4)), "at least 2"),
        (np.zeros((3, 5)), "one embedding"),
    ],
)
def test_samples_that_cannot_be_compared_are_refused(x, message):
    with pytest.raises(ValueError, match=message):
        kernel_distance(x, np.zeros((3, 4)))
