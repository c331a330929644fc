"""Numbers of options: what is taken, and that a refusal states value and bounds."""

import argparse

import pytest

from espnet2.gen_audio.recipe.number_options import seconds, whole


def test_numbers_within_their_bounds_are_taken_the_bounds_included():
    assert [whole(0)(text) for text in ("0", "7", "+3", " 4 ")] == [0, 7, 3, 4]
    assert [whole(1, 9)(text) for text in ("1", "9")] == [1, 9]
    assert [seconds(text) for text in ("0", "0.5", "1e3")] == [0.0, 0.5, 1000.0]


@pytest.mark.parametrize("text", ["0", "10", "-1", "1.5", "nan", "", "x", "1e3"])
def test_other_whole_numbers_are_refused(text):
    with pytest.raises(argparse.ArgumentTypeError, match="a whole number from 1 to 9"):
        whole(1, 9)(text)


@pytest.mark.parametrize("text", ["-0.1", "nan", "inf", "-inf", "", "x"])
def test_other_lengths_are_refused(text):
    with pytest.raises(argparse.ArgumentTypeError, match="seconds from 0 up") as no:
        seconds(text)
    assert repr(text) in str(no.value)
