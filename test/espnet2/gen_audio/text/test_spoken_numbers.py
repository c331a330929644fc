"""Numbers that g2p_en and its cleaner lose are read; all others as the toolkit does."""

import random

import pytest

from espnet2.gen_audio.text.front_end import FrontEnd
from espnet2.gen_audio.text.spoken_numbers import (
    in_english_words,
    refuse_long_numbers,
    with_leading_zeros,
)


@pytest.fixture(scope="module")
def speak():
    """Return g2p_en without a cleaner."""
    return FrontEnd("g2p_en")


@pytest.mark.parametrize(
    "text, words",
    [
        ("\uff11\uff12 dogs", "twelve dogs"),
        ("\u0663 dogs", "three dogs"),
        ("\u00a33.50", "three pounds, fifty pence"),
        ("\u00a31.01", "one pound, one penny"),
        ("$3.5 million", "three point five million dollars"),
        ("$3.5", "three point five dollars"),
        ("5-10 dogs", "five ten dogs"),
        ("7th-century art", "seventh century art"),
        ("the 21ST", "the twenty first"),
        ("-.5", "minus point five"),
        ("(-5)", "(minus five)"),
        ("5 - 3", "five - three"),
        ("\u22125", "minus five"),
        (".5", "point five"),
        ("3.05", "three point zero five"),
        ("3.14", "three point one four"),
        ("2.50", "two point five zero"),
        ("007", "zero zero seven"),
        ("1.2.3", "one point two point three"),
        ("2026-11-30", "twenty twenty six eleven thirty"),
        ("3,50", "three, fifty"),
        ("1,234,567", "one million, two hundred thirty four thousand, five hundred"),
        ("5pm on B2, H2O", "five pm on B two, H two O"),
        ("COVID-19", "COVID nineteen"),
        ("26", "twenty six"),
        ("3:45", "three : forty five"),
        ("1980s", "nineteen eightys"),
        ("no number. None", "no number. None"),
        ("", ""),
    ],
)
def test_a_number_is_read_whole(text, words):
    assert " ".join(in_english_words(text).split()).startswith(words)


def test_words_of_numbers_sound_as_the_words_that_people_write(speak):
    for text, words in (
        ("26", "twenty six"),
        ("5-10", "five ten"),
        ("5pm", "five pm"),
        ("\u00a33.50", "three pounds, fifty pence"),
    ):
        assert speak(text) == speak(words)


def test_where_the_cleaner_of_the_toolkit_loses_nothing_its_reading_is_kept():
    from espnet2.text.cleaner import TextCleaner

    clean, draw = TextCleaner("tacotron"), random.Random(0)
    numbers = [*range(120), *(draw.randrange(10**9) for _ in range(200))]
    for n in [*numbers, *range(1900, 2030)]:
        for text in (f"({n})", f"{n} dogs.", f"${n}", f"{n}th", f"{n:,}!"):
            assert clean(" ".join(in_english_words(text).split())) == clean(text), text


@pytest.mark.parametrize("number", ["9" * 37, "1" + "," + "000," * 12 + "000"])
def test_a_number_without_a_name_is_refused_by_its_digits(number, speak):
    said = rf"the number {number[:24]}\.\.\. of \d\d digits has no name"
    for read in (
        refuse_long_numbers,
        speak,
        FrontEnd("g2p_en_no_space", "tacotron"),
        FrontEnd("char", "tacotron"),
    ):
        with pytest.raises(ValueError, match=said) as caught:
            read(f"It costs {number} dollars")
        assert "\n" not in str(caught.value)


def test_the_longest_number_with_a_name_is_read(speak):
    assert "decillion" in in_english_words("9" * 36)
    assert speak("0" * 40)[:4] == ["Z", "IH1", "R", "OW0"]


def test_a_point_that_begins_a_number_is_no_full_stop():
    assert with_leading_zeros("-.5, .25 a.5 1.5 ... .x") == (
        "-0.5, 0.25 a.5 1.5 ... .x"
    )
    espeak = FrontEnd("espeak_ng_english_us_vits")
    assert espeak("-.5") == espeak("-0.5") != espeak(". 5")
