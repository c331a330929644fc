"""Texts are written alike before they are compared."""

import pytest

from espnet2.gen_audio.metrics.speech_evaluation.plain_words import plain_words

DIGITS = "zero one two three four five six seven eight nine".split()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Seven, EIGHT!", "seven eight"),
        ("7 8", "seven eight"),
        ("I\u2019ve 42 cats", "i've forty two cats"),
        ("13 90 0", "thirteen ninety zero"),
        ("604", "six zero four"),
        ("05", "zero five"),
        ("well-known", "well known"),
        ("'quoted'", "quoted"),
        ("", ""),
    ],
)
def test_texts_are_written_alike(text, words):
    assert plain_words(text) == words.split()


def test_a_number_is_read_as_the_vocabulary_can_say_it():
    assert plain_words("64", DIGITS) == ["six", "four"]
    assert plain_words("64", [*DIGITS, "sixty"]) == ["sixty", "four"]
