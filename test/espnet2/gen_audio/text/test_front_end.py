"""Transcripts to phonemes: each type, numbers, abbreviations, and texts of nothing."""

import csv
import logging
from itertools import product
from pathlib import Path

import pytest

from espnet2.gen_audio.text.front_end import (
    SPACE,
    FrontEnd,
    english_cleaners,
    spell,
    split,
    summarise,
)

ROOT = Path(__file__).resolve().parents[4]

TYPES = [
    ("published", "none"),
    ("espeak_ng_english_us_vits", "none"),
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


def test_a_typographers_apostrophe_is_one(front_end):
    for g2p in ("g2p_en", "published", "espeak_ng_english_us_vits"):
        speak = front_end(g2p)
        assert speak("we\u2019ll go, \u2018Tom\u2019") != speak("well go, Tom")
    speak = front_end("g2p_en")
    assert speak("we\u2019ll and I\u02bcm") == speak("we'll and I'm")


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
        (
            "espeak_ng_english_us_vits",
            "tacotron",
            "spells words in upper case out; use --cleaner none",
        ),
        ("espeak_ng_german", "tacotron", "use --cleaner none"),
        ("g2p_en", "jaconv", "use --cleaner none or tacotron or whisper_en"),
    ],
)
def test_an_unknown_type_is_refused_with_those_that_are_known(g2p, cleaner, message):
    with pytest.raises(ValueError, match=message):
        FrontEnd(g2p, cleaner)


SENTENCES = (
    "Pi is 3.14 and e is 2.72 roughly",
    "Version 2.0 is here",
    "We use version 1.2.3 of it",
    "It costs $3.50 or 4,000 yen",
    "At 19,99 it is cheap",
    "We meet at 3:45pm",
    "The train leaves at 10:30",
    "Dr. Smith and Mrs. Jones met at St. Johns",
    "The U.S.A. is large, e.g. Texas",
    "It grew by 2.5 % (from 0.5)",
    "Chapter 7",
    "See www.example.com for more",
    'He said "hello" twice - or 3 times',
    "Wait... what",
)


def spoken(tokens):
    """Return the phonemes of tokens, without spaces and punctuation."""
    return [
        symbol
        for token in tokens
        if token != SPACE
        for symbol in token
        if symbol.isalnum() or symbol in "\u02c8\u02cc\u02d0"
    ]


@pytest.mark.parametrize("g2p, cleaner", TYPES + [("char", "tacotron")])
def test_sentences_joined_by_full_stops_have_the_phonemes_of_each(
    front_end, g2p, cleaner
):
    speak = front_end(g2p, cleaner)
    single = {text: spoken(speak(f"{text}.")) for text in SENTENCES}
    for first, second in product(SENTENCES, repeat=2):
        joined = spoken(speak(f"{first}. {second}."))
        assert joined == single[first] + single[second], (first, second)
    whole = spoken(speak(". ".join(SENTENCES) + "."))
    assert whole == sum(single.values(), [])


@pytest.mark.parametrize("g2p", ["published", "espeak_ng_english_us_vits"])
def test_numbers_before_a_full_stop_are_whole(front_end, g2p):
    speak = front_end(g2p)
    assert spell(speak("Version 2.0 is here."), g2p) == (
        "v\u02c8\u025c\u02d0\u0292\u0259n t\u02c8u\u02d0 p\u0254\u026ant "
        "z\u02c8i\u0259\u0279o\u028a \u026az h\u02c8\u026a\u0279."
    )
    text = "Pi is 3.14 and e is 2.72 roughly."
    assert spell(speak(text), g2p).endswith(
        "s\u02c8\u025bv\u0259n t\u02c8u\u02d0 \u0279\u02c8\u028cfli."
    )


def transcripts_of_the_repository():
    """Return captions and file names that people wrote, numbers with points left out.

    Of such texts the toolkit's own tokenizer loses nothing.
    """
    words = "zero one two three four five six seven eight nine".split()
    digits = [" ".join(row) for row in product(words, repeat=2)]
    with (ROOT / "egs2/audioldm2/corpus/recordings.tsv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    captions = [part.strip() for row in rows for part in row["captions"].split("|")]
    more = [f'{a}, {b}; ({a})! "{b}" - {a}? {b}...' for a, b in zip(captions, digits)]
    return digits + captions + more


@pytest.mark.parametrize(
    "g2p", ["espeak_ng_english_us_vits", "espeak_ng_german", "g2p_en_no_space"]
)
def test_where_the_toolkit_loses_nothing_its_tokens_are_kept(front_end, g2p):
    from espnet2.text.phoneme_tokenizer import PhonemeTokenizer

    speak, toolkit = front_end(g2p), PhonemeTokenizer(g2p)
    texts = transcripts_of_the_repository()
    assert len(texts) > 300
    for text in texts[:: 1 if g2p.startswith("espeak") else 7]:
        text = " ".join(text.split())
        assert speak(text) == toolkit.text2tokens(text), text


def test_a_training_with_a_cleaner_that_does_not_fit_keeps_it(caplog):
    with caplog.at_level(logging.WARNING):
        speak = FrontEnd("espeak_ng_english_us_vits", "tacotron", as_trained=True)
    assert (
        "kept as in training; in a new training: --cleaner tacotron was given"
        in caplog.text
    )
    assert spell(speak("It"), speak.g2p) == "\u02cca\u026at\u02c8i\u02d0"


@pytest.mark.parametrize(
    "g2p, cleaner, text, expected",
    [
        ("g2p_en", "none", "a 50% rise & AT&T, 5% more", ["50%", "&", "5%"]),
        ("g2p_en", "none", "www.example.com, 3:45pm!", ["www.example.com,"]),
        ("g2p_en", "tacotron", "a.example.com at 3:45pm, B2", ["a.example.com"]),
        (
            "g2p_en",
            "none",
            "stra\u00dfe and \u3053\u3093",
            ["stra\u00dfe", "\u3053\u3093"],
        ),
        (
            "g2p_en",
            "none",
            "$3.50, \u00a34.50 -5 1.2.3 na\u00efve caf\u00e9 1st 1990s U.S.A. o'clock",
            [],
        ),
        (
            "published",
            "none",
            "<b>a dog</b> \u041f\u0440\u0438 a\u2603",
            ["<b>", "</b>", "\u041f\u0440\u0438", "a\u2603"],
        ),
        (
            "published",
            "none",
            '50% & AT&T\'s na\u00efve #1 at 3:45pm, 3.14 (x) "y"',
            [],
        ),
        (
            "espeak_ng_german",
            "none",
            "\u00fcber stra\u00dfe \u3053\u3093",
            ["\u3053\u3093"],
        ),
        (
            "espeak_ng_russian",
            "none",
            "\u043f\u0440\u0438\u0432\u0435\u0442 hello \u4f60",
            ["\u4f60"],
        ),
        ("char", "none", "50% \u3053\u3093 \u2603", []),
    ],
)
def test_words_that_are_left_out_or_misread_are_found(
    front_end, g2p, cleaner, text, expected
):
    assert front_end(g2p, cleaner).unread(text) == expected


@pytest.mark.parametrize("g2p", ["g2p_en", "published", "espeak_ng_english_us_vits"])
def test_a_text_in_other_letters_alone_has_no_token(front_end, g2p):
    assert front_end(g2p)("\u3053\u3093\u306b\u3061\u306f 5") == []


ESPEAK = "espeak_ng_english_us_vits"


@pytest.mark.parametrize(
    "kinds, text, words",
    [
        (["g2p_en"], "see Dr. Smith", "see Doctor Smith"),
        (["g2p_en"], "by St. John", "by Saint John"),
        (["g2p_en", ESPEAK], "at Elm Dr. today", "at Elm Drive today"),
        (["g2p_en"], "it is 3.14", "it is three point one four"),
        (["g2p_en", ESPEAK], "owes $-5 now", "owes minus $5 now"),
        (["g2p_en", ESPEAK], "owes -$5 now", "owes minus $5 now"),
        ([ESPEAK], "the 100th and 2,000th", "the 1 hundredth and 2 thousandth"),
        (["g2p_en", ESPEAK, "char"], "cafe\u0301", "caf\u00e9"),
        (["g2p_en", ESPEAK, "char"], "well\u2011known", "well-known"),
        (["g2p_en"], "AT&T", "AT and T"),
        (["g2p_en", ESPEAK], "10kg, 5 km", "10 kilograms, 5 kilometres"),
        (["g2p_en", ESPEAK], "1 000 000 birds", "1000000 birds"),
    ],
)
def test_a_form_sounds_as_the_words_that_it_stands_for(front_end, kinds, text, words):
    for g2p in kinds:
        speak = front_end(g2p)
        assert speak(text) == speak(words), g2p
        assert not speak.unread(text)
    if "g2p_en" in kinds:  # with either cleaner
        speak = front_end("g2p_en", "tacotron")
        assert speak(text) == speak(words)


@pytest.mark.parametrize(
    "text, words",
    [
        ("10kg of sand", "TEN KILOGRAMS OF SAND"),
        ("26 birds at 5pm", "TWENTY SIX BIRDS AT FIVE PM"),
        ("Dr. Smith paid $3.5", "DOCTOR SMITH PAID THREE POINT FIVE DOLLARS"),
        ("1 000.5 m/s", "ONE THOUSAND POINT FIVE M/S"),
        ("No.5 is .5 of 3.5.2", "NO. FIVE IS POINT FIVE OF THREE POINT FIVE POINT TWO"),
    ],
)
def test_characters_after_the_tacotron_cleaner_have_numbers_in_whole_words(
    front_end, text, words
):
    tokens = front_end("char", "tacotron")(text)
    assert "".join(tokens).replace("<space>", " ") == words
    assert "".join(front_end("char")(text)).replace("<space>", " ") == text


def test_characters_after_the_tacotron_cleaner_name_doubtful_numbers(front_end):
    text = "No.5 is 3,50 or 12 345"
    assert front_end("char", "tacotron").unread(text) == ["3,50", "No.5", "12 345"]
    assert front_end("char").unread(text) == []


def test_published_takes_a_text_as_it_is_and_names_what_it_misreads(front_end):
    speak = front_end("published")
    assert speak.prepare("10kg of cafe\u0301") == "10kg of cafe\u0301"
    text = "Elm Dr. is $-5, the 100th, 10kg, 1 000 000, Henry VIII, 5' tall"
    assert speak.unread(text) == [
        *("Henry VIII", "10kg", "1 000 000", "$-5", "100th", "Elm Dr.", "5'"),
    ]


@pytest.mark.parametrize("g2p, cleaner", TYPES)
def test_a_nul_character_is_refused_and_cuts_no_text(front_end, g2p, cleaner):
    with pytest.raises(ValueError, match="NUL character is inside the text 'a.x00b'"):
        front_end(g2p, cleaner)("a\0b")


def test_a_list_of_words_is_short_and_counted():
    assert summarise(["b", "a", "b"]) == "'b' x 2, 'a'"
    assert summarise("abcd", limit=2) == "'a', 'b' and 2 more"
