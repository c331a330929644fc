"""Nearest-neighbour scores: equal, distant and partial sets."""

import numpy as np
import pytest

from espnet2.gen_audio.metrics.functional import neighbours
from espnet2.gen_audio.metrics.functional.neighbours import neighbour_scores

REAL = np.random.default_rng(0).normal(size=(40, 3))


def test_tiles_of_distances_have_the_scores_of_prdc(monkeypatch):
    prdc = pytest.importorskip("prdc")
    x = np.random.default_rng(1).normal(0.3, 1.1, (50, 3))
    monkeypatch.setattr(neighbours, "BLOCK", 16)
    expected = prdc.compute_prdc(REAL, x, neighbours.NEAREST)
    assert neighbour_scores(x, REAL) == pytest.approx(expected, rel=1e-12)


def test_equal_sets_are_precise_and_covered():
    found = neighbour_scores(REAL, REAL)
    assert found["precision"] == found["recall"] == found["coverage"] == 1


def test_distant_sets_have_none_of_it():
    assert set(neighbour_scores(REAL + 100, REAL).values()) == {0.0}


def test_copies_of_few_recordings_are_precise_and_recall_little():
    found = neighbour_scores(np.repeat(REAL[:4], 10, axis=0), REAL)
    assert found["precision"] == 1 and found["recall"] < 0.2 and found["coverage"] < 1


def test_too_few_clips_are_refused():
    with pytest.raises(ValueError, match="at least 7"):
        neighbour_scores(REAL[:6], REAL)
