"""Numbers of options: as people write them, within bounds, and nothing else."""

import argparse

import pytest

from espnet2.gen_audio.cli.number_options import (
    plainly_written,
    real_number,
    whole_number,
)


@pytest.mark.parametrize(
    "read, word, number",
    [
        (whole_number(), "-7", -7),
        (whole_number(1), "+12", 12),
        (whole_number(0, 3), "3", 3),
        (real_number(), "-1.5e-3", -0.0015),
        (real_number(above=0), ".5", 0.5),
        (real_number(0, 1), "1.", 1.0),
    ],
)
def test_a_number_is_read(read, word, number):
    assert read(word) == number and type(read(word)) is type(number)


@pytest.mark.parametrize(
    "read, word, message",
    [
        (whole_number(), "1_0", "got '1_0'; give a whole number"),
        (whole_number(1), "0", "give a whole number of 1 or more"),
        (whole_number(0, 3), "4", "give a whole number from 0 to 3"),
        (whole_number(most=3), "4", "of 3 or less"),
        (whole_number(), "9" * 5000, "give a whole number"),
        (whole_number(), "1.0", "give a whole number"),
        (real_number(), "nan", "got 'nan'; give a number"),
        (real_number(), "1e999", "got '1e999'"),
        (real_number(), " 1", "got ' 1'"),
        (real_number(above=0), "0", "give a number above 0"),
        (real_number(above=0, most=1), "1.1", "give a number above 0 to 1"),
        (real_number(0), "\u0663", "give a number of 0 or more"),
    ],
)
def test_another_word_is_refused_with_what_is_taken(read, word, message):
    with pytest.raises(argparse.ArgumentTypeError) as caught:
        read(word)
    assert message in str(caught.value)


def test_the_toolkits_readers_of_numbers_take_plain_notation_alone():
    from espnet2.utils.types import int_or_none

    read = plainly_written(int_or_none)
    assert (read("12"), read("none")) == (12, None)
    assert plainly_written(float)("inf") == float("inf")
    assert plainly_written(str) is str
    for reader, word in ((read, "1_0"), (plainly_written(float), "nan"), (read, "x")):
        with pytest.raises(argparse.ArgumentTypeError, match=f"got '{word}'"):
            reader(word)
