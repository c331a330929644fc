"""Frechet distance: closed forms, a reference, and its rank."""

import numpy as np
import pytest
from scipy.linalg import sqrtm

from espnet2.gen_audio.metrics.functional.frechet import frechet_distance


def by_matrix_root(x, y):
    sx, sy = np.cov(x.T), np.cov(y.T)
    root = sqrtm(sx @ sy).real
    return np.square(x.mean(0) - y.mean(0)).sum() + np.trace(sx + sy - 2 * root)


def test_it_equals_the_form_with_a_matrix_root_where_that_is_stable():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(80, 5)) @ rng.normal(size=(5, 5))
    y = rng.normal(1.0, 2.0, size=(60, 5))
    assert frechet_distance(x, y).value == pytest.approx(by_matrix_root(x, y), rel=1e-6)


def test_a_set_has_no_distance_to_itself():
    x = np.random.default_rng(1).normal(size=(20, 50))
    assert frechet_distance(x, x).value == pytest.approx(0.0, abs=1e-9)


def test_gaussians_that_differ_in_mean_and_scale_have_the_closed_form():
    rng = np.random.default_rng(2)
    x, y = rng.normal(0, 1, size=(200000, 2)), rng.normal(3, 2, size=(200000, 2))
    # |3 - 0|^2 + (2 - 1)^2, for each of two dimensions
    assert frechet_distance(x, y).value == pytest.approx(20.0, rel=0.01)


def test_few_clips_in_many_dimensions_are_labelled_with_their_rank():
    rng = np.random.default_rng(3)
    result = frechet_distance(rng.normal(size=(10, 64)), rng.normal(size=(8, 64)))
    assert result.clips == (10, 8) and result.rank == (9, 7) and result.size == 64


@pytest.mark.parametrize("x", [np.full((3, 4), np.inf), np.zeros((1, 4)), np.zeros(4)])
def test_samples_that_cannot_be_compared_are_refused(x):
    with pytest.raises(ValueError):
        frechet_distance(x, np.zeros((3, 4)))
