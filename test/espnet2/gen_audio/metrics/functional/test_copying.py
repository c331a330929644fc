"""Copying: 1 for copies, the percentile for unseen recordings, 0 for far sounds."""

import numpy as np
import pytest

from espnet2.gen_audio.metrics.functional.copying import copying, nearest

TRAIN = np.random.default_rng(0).normal(size=(200, 8))
TEST = np.random.default_rng(1).normal(size=(300, 8))
HELDOUT = nearest(TEST, TRAIN).distance


def fractions_of(clips):
    return copying(nearest(clips, TRAIN).distance, HELDOUT)


def test_copies_are_all_found_and_named():
    found = nearest(TRAIN[[5, 3]], TRAIN)
    assert found.row.tolist() == [5, 3] and found.distance.tolist() == [0.0, 0.0]
    assert fractions_of(TRAIN[:50]).below_close == 1.0


def test_clips_drawn_like_the_test_clips_give_the_expected_fractions():
    result = fractions_of(np.random.default_rng(2).normal(size=(2000, 8)))
    assert 0.02 < result.below_close < 0.10 and 0.42 < result.below_median < 0.58
    assert result.median_ratio == pytest.approx(1.0, abs=0.05)


def test_near_copies_are_found_and_distant_sounds_are_not():
    rng = np.random.default_rng(3)
    assert fractions_of(TRAIN + rng.normal(0, 0.05, TRAIN.shape)).below_close == 1.0
    assert fractions_of(TRAIN + 20.0).below_close == 0.0


def test_exact_copies_count_even_where_test_clips_are_copies_too():
    assert copying(np.zeros(4), np.zeros(10)).below_close == 1.0


@pytest.mark.parametrize("distances", [np.zeros(0), np.array([np.nan])])
def test_missing_and_nan_distances_are_refused(distances):
    with pytest.raises(ValueError, match="generated"):
        copying(distances, HELDOUT)


def test_embeddings_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="one embedding"):
        nearest(np.zeros((2, 3)), TRAIN)
    with pytest.raises(ValueError, match="NaN"):
        nearest(np.full((2, 8), np.nan), TRAIN)
