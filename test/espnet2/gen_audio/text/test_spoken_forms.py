"""Written forms become words where the reading is certain, and are named elsewhere."""

import pytest

from espnet2.gen_audio.text.spoken_forms import (
    doubtful_forms,
    in_full,
    plain_marks,
)

ESPEAK = "espeak_ng_english_us_vits"


@pytest.mark.parametrize(
    "text, english, espeak",
    [
        (
            "1kg, 1.5 kg, 3lbs, 16kHz",
            "1 kilogram, 1.5 kilograms, 3 pounds, 16 kilohertz",
            None,
        ),
        ("60 km/h or 5 ft", "60 kilometres per hour or 5 feet", None),
        ("a10kg 10kgs 5kg/m", "a10kg 10kgs 5kg/m", None),
        ("1 000 000", "1000000", None),
        ("1 000.5 and 2 000 000.25", "1000.5 and 2000000.25", None),
        ("12 345.5 1 000.5.6 1 000,5", None, None),
        ("5 000 and 12\u00a0345", "5000 and 12345", None),
        ("12 345, 120 555 1234, 020 123 456, 1 2 345", None, None),
        (
            "$-5 (-$3.50) \u2212\u00a32 5-$3",
            "minus $5 (minus $3.50) minus \u00a32 5-$3",
            None,
        ),
        ("100th 110th", "100th 110th", "1 hundredth 110th"),
        (
            "2,000th 10500th 1000000th",
            None,
            "2 thousandth 10000 5 hundredth 1 millionth",
        ),
        ("00th 3.100th", None, None),
        ("Dr. Smith, St. John", "Doctor Smith, Saint John", "Dr. Smith, St. John"),
        ("on Elm Dr. now", "on Elm Drive now", None),
        ("on 5th St. now", "on 5th Street now", "on 5th St. now"),
        ("on Elm Dr.", "on Elm Drive.", None),
        ("on Elm Dr., now", "on Elm Drive, now", None),
        ("the dr. of U.St. X", None, None),
        ("Mt. Everest vs. K2", "Mount Everest versus K2", None),
        ("", None, None),
    ],
)
def test_certain_readings_are_written_out(text, english, espeak):
    english = text if english is None else english
    assert in_full(text, "g2p_en") == english
    both = english if espeak is None and "th" not in text else text
    assert in_full(text, ESPEAK) == (espeak or both)
    for g2p in ("published", "char", "espeak_ng_german"):
        assert in_full(text, g2p) == text


@pytest.mark.parametrize(
    "text, doubtful",
    [
        ("Henry VIII and Chapter IX.", ["Henry VIII", "Chapter IX"]),
        ("Mix CIVIC I am. Malcolm X", []),
        ("6' tall, a 5\" pipe", ["6'", '5"']),
        ("room '5' of \"route 66\" - the dogs' 7", []),
        ("the Elm Dr. He", ["Elm Dr."]),
        ("Visit Dr. Smith. Ask Dr. Jones", []),
        ("it is 10m and 5G", ["10m"]),
        ("10 m or 5 g, not 5 men or the 2 l's", ["10 m", "5 g"]),
        ("bus 12 345", ["12 345"]),
        ("bus 12 345.5", ["12 345.5"]),
        ("No. 5 No.7, nos. 8", ["No. 5", "No.7", "nos. 8"]),
    ],
)
def test_what_has_several_readings_is_named(text, doubtful):
    for g2p in ("g2p_en", ESPEAK, "published"):
        assert doubtful_forms(text, g2p) == doubtful
    assert (
        doubtful_forms(text, "char") == doubtful_forms(text, "espeak_ng_german") == []
    )


def test_accents_are_combined_and_hyphens_are_plain():
    assert plain_marks("cafe\u0301 well\u2011known\u2010x \u2013") == (
        "caf\u00e9 well-known-x \u2013"
    )


def test_an_ampersand_within_a_word_is_read_where_it_is_wanted():
    assert in_full("AT&T & R&B", "g2p_en", ampersands=True) == "AT and T & R and B"
    assert in_full("AT&T", "g2p_en") == "AT&T"
