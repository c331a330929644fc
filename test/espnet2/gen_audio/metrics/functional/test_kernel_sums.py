"""Kernel sums: blocks, subsets and both kernels agree with whole matrices."""

import numpy as np
import pytest

from espnet2.gen_audio.metrics.functional import kernel_sums
from espnet2.gen_audio.metrics.functional.kernel_distance import (
    KernelMatrices,
    polynomial_kernel,
)
from espnet2.gen_audio.metrics.functional.kernel_sums import (
    discrepancies,
    gaussian_kernel,
    kernel_of,
    median_distance,
)


@pytest.fixture
def samples():
    rng = np.random.default_rng(0)
    return rng.normal(size=(11, 3)), rng.normal(0.5, 1, (9, 3))


def test_subsets_in_blocks_have_the_distances_of_whole_matrices(samples, monkeypatch):
    monkeypatch.setattr(kernel_sums, "BLOCK", 4)
    x, y = samples
    matrices = KernelMatrices.of(x, y)
    pairs = [(np.arange(11), np.arange(9)), (np.array([0, 3, 7]), np.array([8, 2]))]
    expected = [matrices.distance(*rows) for rows in pairs]
    found = discrepancies(x, y, polynomial_kernel, pairs)
    np.testing.assert_allclose(found, expected, rtol=1e-10)


def test_the_gaussian_kernel_is_half_a_nat_at_its_bandwidth():
    kernel = gaussian_kernel(2.0)
    assert kernel(np.zeros((1, 2)), np.array([[0.0, 2.0]]))[0, 0] == np.exp(-0.5)


def test_equal_distributions_are_at_zero_on_average():
    rng = np.random.default_rng(0)
    y = rng.normal(size=(40, 3))
    kernel, rows = kernel_of("gaussian", y), [(np.arange(40), np.arange(40))]
    values = [
        discrepancies(rng.normal(size=(40, 3)), rng.normal(size=(40, 3)), kernel, rows)[
            0
        ]
        for _ in range(60)
    ]
    assert abs(np.mean(values)) < 3 * np.std(values) / np.sqrt(60)


def test_the_median_is_that_of_all_pairs_or_of_evenly_spaced_clips(monkeypatch):
    y = np.array([[0.0], [1.0], [3.0]])  # distances 1, 2, 3
    assert median_distance(y) == 2.0
    monkeypatch.setattr(kernel_sums, "MEDIAN_CLIPS", 2)
    assert median_distance(y) == 3.0


def test_equal_recordings_and_unknown_kernels_are_refused():
    with pytest.raises(ValueError, match="distinct recordings"):
        kernel_of("gaussian", np.zeros((5, 2)))
    with pytest.raises(ValueError, match="'cosine' is unknown"):
        kernel_of("cosine", np.zeros((5, 2)))
