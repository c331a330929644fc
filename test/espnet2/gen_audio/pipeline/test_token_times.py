"""Where tokens lie in time."""

import pytest

from espnet2.gen_audio.feats.clip import ClipGeometry
from espnet2.gen_audio.pipeline.token_times import cells_of, tokens_outside

PUBLISHED = ClipGeometry()


def test_published_pooling_gives_eight_times_and_speech_64_times_8():
    assert cells_of(PUBLISHED, 8) == (8, 1) and cells_of(PUBLISHED, 1) == (64, 8)


def test_tokens_that_a_stretch_touches_are_not_outside():
    second = 16000
    inside = [(round(2.0 * second), round(3.0 * second))]
    # a token covers 1.28 s: 1.28 to 2.56 and 2.56 to 3.84 are touched
    assert tokens_outside(inside, PUBLISHED, 8).tolist() == [1, 0, 0, 1, 1, 1, 1, 1]
    assert tokens_outside([], PUBLISHED, 8).tolist() == [1] * 8


@pytest.mark.parametrize("end, given", [(5.12, 32 * 8), (5.0, 31 * 8)])
def test_all_frequencies_of_a_time_go_together(end, given):
    behind = [(round(end * 16000), PUBLISHED.samples)]
    outside = tokens_outside(behind, PUBLISHED, 1)
    assert outside.sum() == given and (outside[:given] == 1).all()
