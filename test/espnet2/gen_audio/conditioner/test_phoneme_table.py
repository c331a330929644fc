"""The published phoneme symbols, and what becomes of text that they do not cover."""

import pytest

from espnet2.gen_audio.conditioner.phoneme_table import (
    IDS,
    MAX_LENGTH,
    SYMBOLS,
    TERMINATOR,
    as_text,
    phoneme_ids,
)


def test_the_table_is_the_published_one():
    assert len(SYMBOLS) == 183 and len(IDS) == 182
    assert SYMBOLS[0] == "_" and IDS[" "] == 16
    assert SYMBOLS[17:69] == tuple(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    )
    # the apostrophe stands there twice: its id is the later place
    assert [n for n, s in enumerate(SYMBOLS) if s == "'"] == [174, 176]
    assert IDS["'"] == 176 and SYMBOLS[177] == "ᵻ"
    assert TERMINATOR == "\u26a0" and IDS[TERMINATOR] == 182


def test_one_symbol_is_one_id_and_the_terminator_ends_the_text():
    ids, unknown = phoneme_ids("həlˈoʊ, wˈɜːld!")
    assert as_text(ids) == "həlˈoʊ, wˈɜːld!" + TERMINATOR
    assert len(ids) == 16 and not unknown


def test_unknown_symbols_are_left_out_and_counted_never_made_pads():
    ids, unknown = phoneme_ids("aðЖbЖ7_")
    assert as_text(ids) == "aðb" + TERMINATOR
    assert unknown == {"Ж": 2, "7": 1}
    assert 0 not in ids


@pytest.mark.parametrize("text", ["", "ЖЖ", "__"])
def test_a_text_without_a_known_symbol_is_refused(text):
    with pytest.raises(ValueError, match="no known symbol"):
        phoneme_ids(text)


def test_a_text_that_is_too_long_is_refused_with_what_fits():
    assert len(phoneme_ids("a" * (MAX_LENGTH - 1))[0]) == MAX_LENGTH
    with pytest.raises(ValueError, match="309 fit"):
        phoneme_ids("a" * MAX_LENGTH)
