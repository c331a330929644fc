"""Gaussian statistics: closed forms, batches, deficient ranks, the limit of n."""

import numpy as np
import pytest

from espnet2.gen_audio.metrics.functional.frechet import frechet_distance
from espnet2.gen_audio.metrics.functional.gaussian import (
    GaussianStatistics,
    frechet_infinity,
    gaussian_distance,
)


def gaussian(mean, covariance, count=1001):
    mean = np.asarray(mean, float)
    return GaussianStatistics(count, mean, np.asarray(covariance, float) * (count - 1))


def test_diagonal_gaussians_have_the_distance_of_the_closed_form():
    x = gaussian([0, 0], np.diag([1.0, 4.0]))
    y = gaussian([3, 4], np.diag([9.0, 1.0]))
    assert gaussian_distance(x, y) == pytest.approx(25 + 4 + 1, rel=1e-12)


def test_rotated_gaussians_have_the_distance_of_the_unrotated_ones():
    turn = np.array([[0.6, -0.8], [0.8, 0.6]])
    x = gaussian([0, 0], turn @ np.diag([1.0, 4.0]) @ turn.T)
    y = gaussian([0, 0], turn @ np.diag([9.0, 1.0]) @ turn.T)
    assert gaussian_distance(x, y) == pytest.approx(5, rel=1e-12)


def test_covariances_of_lower_rank_give_real_numbers():
    one, other = gaussian([0, 0], [[1, 0], [0, 0]]), gaussian([0, 0], [[0, 0], [0, 1]])
    assert gaussian_distance(one, other) == pytest.approx(2, rel=1e-9)
    assert gaussian_distance(one, one) == pytest.approx(0, abs=1e-9)


def test_batches_of_any_size_and_order_give_the_moments_of_the_whole():
    sample = np.random.default_rng(0).normal(5, 2, (300, 4))
    whole = GaussianStatistics.of([sample])
    parts = GaussianStatistics.of(
        [sample[250:], sample[:0], sample[:17], sample[17:250]]
    )
    np.testing.assert_allclose(whole.covariance, np.cov(sample.T), rtol=1e-12)
    np.testing.assert_allclose(parts.covariance, whole.covariance, rtol=1e-12)
    np.testing.assert_allclose(parts.mean, whole.mean, rtol=1e-12)


def test_the_extrapolated_distance_of_equal_gaussians_is_nearer_to_zero():
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(60, 12)), rng.normal(size=(4000, 12))
    limit = frechet_infinity(x, GaussianStatistics.of_sample(y))
    assert abs(limit) < 0.3 * frechet_distance(x, y).value


def test_too_few_clips_are_refused_with_the_way_out():
    reference = GaussianStatistics.of_sample(
        np.random.default_rng(0).normal(size=(50, 12))
    )
    with pytest.raises(ValueError, match="use a kernel distance"):
        frechet_infinity(np.zeros((12, 12)), reference)
    with pytest.raises(ValueError, match="1 vectors are given"):
        GaussianStatistics.of([np.zeros((1, 3))])
    with pytest.raises(ValueError, match="NaN"):
        GaussianStatistics.of([np.array([[0.0], [np.nan]])])
    with pytest.raises(ValueError, match="one embedding"):
        gaussian_distance(gaussian([0], [[1]]), gaussian([0, 0], np.eye(2)))
