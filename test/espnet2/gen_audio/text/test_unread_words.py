"""Words that phonemes leave out or misread are found, others are not."""

import pytest

from espnet2.gen_audio.text.front_end import FrontEnd

ENGLISH, TACOTRON = ("g2p_en", "none"), ("g2p_en", "tacotron")
PUBLISHED, ESPEAK = ("published", "none"), ("espeak_ng_english_us_vits", "none")
GERMAN, CHARACTERS = ("espeak_ng_german", "none"), ("char", "none")
EVERY = (ENGLISH, TACOTRON, PUBLISHED, ESPEAK)


@pytest.fixture(scope="module")
def unread():
    """Return ``FrontEnd.unread`` of each type, opened once."""
    opened = {}

    def of(kind, text):
        if kind not in opened:
            opened[kind] = FrontEnd(*kind)
        return opened[kind].unread(text)

    return of


# the text, the types that lose or misread it; all others read it whole
CASES = [
    ("\u00bd", (ENGLISH, TACOTRON, PUBLISHED)),
    ("2\u00b2", (*EVERY, GERMAN)),
    ("\u2163", (*EVERY, GERMAN)),
    ("\u2460", (*EVERY, GERMAN)),
    ("\uff11\uff12", (ESPEAK, GERMAN)),
    ("\u00a33.50", (PUBLISHED,)),
    ("$3.50", ()),
    ("3,50", EVERY),
    ("1,23,456", EVERY),
    ("4,000", ()),
    ("5-10", ()),
    ("7th-century", ()),
    ("-.5", (PUBLISHED,)),
    (".5", (PUBLISHED,)),
    ("2026-11-30", ()),
    ("20\u00b0C", (ENGLISH, TACOTRON, PUBLISHED)),
    ("5'10", EVERY),
    ("1990s", (PUBLISHED, ESPEAK)),
    ("10^5", (*EVERY, GERMAN)),
    ("1/2", (ENGLISH, TACOTRON, GERMAN)),
    ("a:b", (ENGLISH,)),
    ("5\u00b12", (ENGLISH, TACOTRON, PUBLISHED)),
    ("9" * 36, ()),
    ("9" * 60, (PUBLISHED, ESPEAK, GERMAN)),
    ("x" * 3000, (*EVERY, GERMAN)),
    ("antidisestablishmentarianism", (ENGLISH, TACOTRON)),
    ("responsibilities", ()),
    ("o'clock", ()),
    ("we\u2019ll", ()),
    ("50\u2030", (*EVERY, GERMAN)),
    ("\u00a75", (ENGLISH, TACOTRON, PUBLISHED)),
    ("5\u2033", (*EVERY, GERMAN)),
    ("'90s", (PUBLISHED, ESPEAK)),
    ("\u00abyes\u00bb", ()),
    ("COVID-19", ()),
]


@pytest.mark.parametrize("text, losing", CASES)
def test_what_is_lost_or_misread_is_named_and_nothing_else(unread, text, losing):
    for kind in (*EVERY, GERMAN, CHARACTERS):
        if text == "9" * 60 and kind in (ENGLISH, TACOTRON):
            continue  # refused
        assert unread(kind, f"a {text} b") == [text] * (kind in losing), kind


def test_years_times_and_plain_signs_are_no_cause_for_a_warning(unread):
    text = 'In 1999 (at 3:45), "5 of 6" cost $20 - or 7, 8; the 3rd: well-known!'
    for kind in EVERY:
        assert unread(kind, text) == []
