"""Transcripts to phonemes: each type, numbers, abbreviations, and texts of nothing."""

import pytest

from espnet2.gen_audio.conditioner.front_end import (
    SPACE,
    FrontEnd,
    english_cleaners,
    spell,
    split,
)

TYPES = [
    ("published", "none"),
    ("espeak_ng_english_us_vits", "tacotron"),
    ("espeak_ng_german", "none"),
    ("g2p_en", "none"),
    ("g2p_en_no_space", "tacotron"),
    ("char", "none"),
]


@pytest.fixture(scope="module")
def front_end():
    """Return front ends, each opened once."""
    opened = {}

    def of(g2p, cleaner="none"):
        if (g2p, cleaner) not in opened:
            opened[g2p, cleaner] = FrontEnd(g2p, cleaner)
        return opened[g2p, cleaner]

    return of


@pytest.mark.parametrize(
    "g2p, expected",
    [
        ("g2p_en_no_space", ["HH", "AH0", "L", "OW1", "W", "ER1", "L", "D", "."]),
        (
            "g2p_en",
            "HH AH0 L OW1 <space> W ER1 L D <space> .".split(),
        ),
        ("char", [*"Hello", SPACE, *"world."]),
        ("published", [*"həlˈoʊ", SPACE, *"wˈɜːld."]),
        ("espeak_ng_english_us_vits", [*"həlˈoʊ", SPACE, *"wˈɜːld."]),
    ],
)
def test_each_type_gives_its_tokens(front_end, g2p, expected):
    assert front_end(g2p)(" Hello \t world. ") == expected


def test_homographs_are_told_apart_by_what_they_are_in_the_sentence(front_end):
    tokens = front_end("g2p_en")("I will record a record")
    words = " ".join(tokens).split(f" {SPACE} ")
    assert words[2] == "R IH0 K AO1 R D" and words[4] == "R EH1 K ER0 D"


def test_numbers_are_read_out(front_end):
    for g2p in ("g2p_en", "published"):
        speak = front_end(g2p)
        assert speak("3 dogs") == speak("three dogs")
    assert front_end("char", "tacotron")("3 dogs") == [*"THREE", SPACE, *"DOGS"]


def test_the_published_chain_writes_abbreviations_out_and_drops_what_is_in_angles():
    text = "<i>Dr.</i> Müller, <b>Mrs. Smith</b> & Co. at ST. Johns"
    assert english_cleaners(text) == (
        "doctor muller, misess smith & company at saint johns"
    )


def test_all_eighteen_abbreviations_are_known():
    names = "mrs mr dr st co jr maj gen drs rev lt hon sgt capt esq ltd col ft".split()
    assert len(names) == 18
    for name in names:
        assert "." not in english_cleaners(f"{name.title()}.")


@pytest.mark.parametrize("g2p, cleaner", TYPES)
@pytest.mark.parametrize("text", ["", "  \t\n"])
def test_a_text_of_nothing_has_no_token(front_end, g2p, cleaner, text):
    assert front_end(g2p, cleaner)(text) == []


@pytest.mark.parametrize("g2p", ["published", "g2p_en"])
def test_a_text_of_signs_that_nobody_speaks_has_no_token(front_end, g2p):
    assert front_end(g2p)("\u2603 \u2603") == []


def test_what_espeak_finds_nothing_in_has_no_token(front_end):
    assert front_end("published")("--") == front_end("published")("<only angles>") == []


@pytest.mark.parametrize("g2p, cleaner", TYPES)
def test_spelt_phonemes_are_cut_into_the_same_tokens(front_end, g2p, cleaner):
    tokens = front_end(g2p, cleaner)("It's 3 o'clock, \"Dr. X\" (said) - no!")
    assert len(tokens) > 10 and not any(token.isspace() for token in tokens)
    assert split(spell(tokens, g2p), g2p) == tokens


def test_a_symbol_is_a_token_or_a_word_is(front_end):
    assert split(" həl  ˈoʊ ", "published") == [*"həl", SPACE, *"ˈoʊ"]
    assert split(" HH  AH0 <space> L", "g2p_en") == ["HH", "AH0", SPACE, "L"]


@pytest.mark.parametrize(
    "g2p, cleaner, message",
    [
        ("nothing", "none", "--g2p nothing cannot be used"),
        ("espeak_ng_ukrainian", "none", "--g2p espeak_ng_ukrainian"),
        ("char", "soap", "--cleaner soap cannot be used"),
        ("published", "tacotron", "has its own; use --cleaner none"),
    ],
)
def test_an_unknown_type_is_refused_with_those_that_are_known(g2p, cleaner, message):
    with pytest.raises(ValueError, match=message):
        FrontEnd(g2p, cleaner)
