"""Copying: 1 for copies, the percentile for strangers, 0 for far sounds."""

import numpy as np
import pytest

from espnet2.gen_audio.metrics.copying import copying, nearest

TRAIN = np.random.default_rng(0).normal(size=(200, 8))
TEST = np.random.default_rng(1).normal(size=(300, 8))
STRANGERS = nearest(TEST, TRAIN).distance


def share_of(clips):
    return copying(nearest(clips, TRAIN).distance, STRANGERS)


def test_copies_are_all_found_and_named():
    found = nearest(TRAIN[[5, 3]], TRAIN)
    assert found.row.tolist() == [5, 3] and found.distance.tolist() == [0.0, 0.0]
    assert share_of(TRAIN[:50]).share == 1.0


def test_clips_drawn_like_the_test_clips_give_the_expected_shares():
    result = share_of(np.random.default_rng(2).normal(size=(2000, 8)))
    assert 0.02 < result.share < 0.10 and 0.42 < result.share_median < 0.58
    assert result.median_ratio == pytest.approx(1.0, abs=0.05)


def test_near_copies_are_found_and_distant_sounds_are_not():
    rng = np.random.default_rng(3)
    assert share_of(TRAIN + rng.normal(0, 0.05, TRAIN.shape)).share == 1.0
    assert share_of(TRAIN + 20.0).share == 0.0


def test_exact_copies_count_even_where_test_clips_are_copies_too():
    assert copying(np.zeros(4), np.zeros(10)).share == 1.0


@pytest.mark.parametrize("distances", [np.zeros(0), np.array([np.nan])])
def test_missing_and_nan_distances_are_refused(distances):
    with pytest.raises(ValueError, match="generated"):
        copying(distances, STRANGERS)


def test_embeddings_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="do not fit"):
        nearest(np.zeros((2, 3)), TRAIN)
    with pytest.raises(ValueError, match="NaN"):
        nearest(np.full((2, 8), np.nan), TRAIN)
