"""A text goes through espeak in pieces, and every piece comes back in its place."""

import random
from types import SimpleNamespace

import pytest

from espnet2.gen_audio.text.espeak_text import WholeText
from espnet2.gen_audio.text.g2p_engines import phoneme_tokenizer


@pytest.fixture
def engine():
    """Return an engine that marks each word instead of speaking it."""
    asked = []

    def phonemize(texts, **options):
        asked.extend(texts)
        return [" ".join(f"<{word}>" for word in text.split()) for text in texts]

    return SimpleNamespace(
        phonemizer=SimpleNamespace(phonemize=phonemize),
        separator=SimpleNamespace(word=" "),
        strip=True,
        split_by_single_token=True,
        asked=asked,
    )


@pytest.mark.parametrize(
    "text, pieces, expected",
    [
        ("Pi is 3.14.", ["Pi is 3.14"], "<Pi> <is> <3.14>."),
        ("a. 1.5. b", ["a", "1.5", "b"], "<a>. <1.5>. <b>"),
        ("1,5, 2", ["1,5", "2"], "<1,5>, <2>"),
        (".5", ["5"], ".<5>"),
        ("5.", ["5"], "<5>."),
        ("a...b", ["a", "b"], "<a>...<b>"),
        ('"a" (b)!', ["a", "b"], '"<a>" (<b>)!'),
        ("...", [], "..."),
        ("", [], ""),
    ],
)
def test_marks_split_a_text_but_not_a_number(engine, text, pieces, expected):
    tokens = WholeText(engine)(text)
    assert engine.asked == pieces
    assert "".join(" " if token == "<space>" else token for token in tokens) == expected


def test_several_strings_for_one_piece_are_all_kept(engine):
    engine.phonemizer.phonemize = lambda texts, **options: ["x", "y"]
    assert WholeText(engine)("a") == ["x", "<space>", "y"]


def test_every_word_comes_back_whatever_stands_between(engine):
    draw = random.Random(0)
    for _ in range(500):
        words = [draw.choice(["a", "1.5", "2,000", "b", "3"]) for _ in range(6)]
        marks = [
            draw.choice([" ", ". ", ", ", "? ", " (", ") ", '" ', "... "])
            for _ in words
        ]
        WholeText(engine)("".join(map("".join, zip(words, marks))))
        assert " ".join(engine.asked).split() == words
        engine.asked.clear()


def test_tokens_of_phones_and_of_symbols_have_the_toolkit_s_form():
    german = phoneme_tokenizer("espeak_ng_german")
    assert german("ja. 1") == ["j", "ˈɑː", ".", "ˈaɪ", "n", "s"]
    vits = phoneme_tokenizer("espeak_ng_english_us_vits")
    assert vits("a dog.") == [*"ɐ", "<space>", *"dˈɑːɡ."]
