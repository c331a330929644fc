"""Vectors in blocks: choices of choices; no measure asks for a whole set at once."""

import numpy as np
import pytest

from espnet2.gen_audio.metrics.functional import kernel_sums, neighbours
from espnet2.gen_audio.metrics.functional.class_scores import (
    class_divergence,
    inception_score,
)
from espnet2.gen_audio.metrics.functional.gaussian import (
    GaussianStatistics,
    frechet_infinity,
)
from espnet2.gen_audio.metrics.functional.kernel_sums import discrepancies, kernel_of
from espnet2.gen_audio.metrics.functional.neighbours import neighbour_scores
from espnet2.gen_audio.metrics.functional.vectors import BLOCK, blocks_of, chosen

ROWS = np.random.default_rng(0).normal(size=(BLOCK + 300, 4))


def kad(x, y):
    rows = np.arange(0, len(x), 2), np.arange(1, len(y), 2)
    return discrepancies(x, y, kernel_of("gaussian", y), [rows])[0]


def limit(x, y):
    return frechet_infinity(x, GaussianStatistics.of_sample(y))


MEASURES = [
    kad,
    limit,
    lambda x, y: neighbour_scores(x, y)["density"],
    lambda x, y: class_divergence(x, y).mean(),
    lambda x, y: inception_score(x),
]


class Elsewhere:
    """Rows that are in no memory; knows how many were asked for at once."""

    most = 0

    def __init__(self, rows):
        self._rows, self.shape = rows, rows.shape

    def __len__(self):
        return len(self._rows)

    def __getitem__(self, rows):
        found = self._rows[rows]
        Elsewhere.most = max(Elsewhere.most, len(found))
        return found


@pytest.mark.parametrize("measure", MEASURES)
def test_a_measure_asks_for_one_block_at_once_and_has_the_value_of_arrays(measure):
    x, y = ROWS, ROWS[::-1] * 1.2 + 0.1
    Elsewhere.most = 0
    neighbours._computed.clear()
    assert measure(Elsewhere(x), Elsewhere(y)) == measure(x, y)
    assert 0 < Elsewhere.most <= BLOCK
    assert max(kernel_sums.BLOCK, neighbours.BLOCK) <= BLOCK


def test_rows_chosen_of_chosen_rows_are_those_of_the_array():
    once = chosen(ROWS, np.arange(50)[::-1])
    twice = chosen(once, np.array([3, 3, 0]))
    np.testing.assert_array_equal(twice, ROWS[[46, 46, 49]])
    np.testing.assert_array_equal(twice[1:], ROWS[[46, 49]])
    assert twice.shape == (3, 4) and twice.vectors is ROWS


def test_blocks_name_their_rows_and_refuse_what_is_not_finite():
    found = [(place.start, place.stop) for place, _ in blocks_of(ROWS[:7], 3)]
    assert found == [(0, 3), (3, 6), (6, 7)]
    with pytest.raises(ValueError, match="1 numbers that are NaN"):
        list(blocks_of(np.array([[1.0], [np.nan]])))
