"""Numbers are taken as people write them, and not as Python may."""

import math

import pytest

from espnet2.gen_audio.files.plain_number import (
    finite_number,
    number_from_zero,
    plain_number,
)


@pytest.mark.parametrize("text", ["0", "+1.5", ".5", "2.", "1e-05", "1E3"])
def test_usual_forms_are_numbers(text):
    assert plain_number(text) == number_from_zero(text) == float(text)
    assert finite_number(text) == float(text)


@pytest.mark.parametrize(
    "text", ["", "1_0", "nan", "inf", "-inf", "\uff11", " 1", "1e999", "0x1", "1,5"]
)
def test_other_forms_are_none(text):
    assert math.isnan(plain_number(text)) and number_from_zero(text) is None
    with pytest.raises(ValueError, match="is no number"):
        finite_number(text)


def test_a_negative_number_is_one_but_not_from_zero_up():
    assert plain_number("-1") == -1.0 and number_from_zero("-1") is None
