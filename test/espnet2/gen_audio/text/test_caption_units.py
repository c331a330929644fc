"""Sentencepiece units: determinism, the end unit, normal form, and text form."""

import pytest

from espnet2.gen_audio.text.caption_units import (
    END_ID,
    UNITS_FILE,
    UNKNOWN_ID,
    TextUnits,
    normalise,
    train_units,
)

CAPTIONS = ["A dog barks", "a dog growls", "rain on a tin roof", "", "heavy  rain"]


@pytest.fixture(scope="module")
def units():
    return TextUnits(train_units(CAPTIONS, 60))


def test_the_same_captions_give_the_same_bytes(units):
    assert train_units(CAPTIONS, 60) == units.model


def test_units_spell_the_caption_and_end_it(units):
    ids = units.encode("a dog barks")
    assert ids[-1] == END_ID
    spelt = "".join(units.pieces()[unit] for unit in ids[:-1])
    assert spelt.replace("\u2581", " ").strip() == "a dog barks"


def test_the_empty_caption_is_the_end_unit(units):
    assert units.encode("") == [END_ID] == units.encode("  ")


def test_capitals_and_wide_letters_make_no_unknown_units(units):
    assert normalise("Ｒain  ON a\u00a0roof") == "rain on a roof"
    assert units.encode("RAIN on A roof") == units.encode("rain on a roof")
    assert UNKNOWN_ID not in units.encode("RAIN on A roof")


def test_a_letter_never_seen_is_the_unknown_unit(units):
    assert UNKNOWN_ID in units.encode("ж")


def test_the_text_form_and_the_folder_give_the_same_units(units, tmp_path):
    (tmp_path / UNITS_FILE).write_bytes(units.model)
    copies = [
        TextUnits.from_text(units.to_text()),
        TextUnits.from_file(tmp_path),
        TextUnits.from_file(tmp_path / UNITS_FILE),
    ]
    assert all(copy.model == units.model for copy in copies)


def test_the_text_form_is_small_enough_for_a_config(units):
    assert len(units.to_text()) < 20000


def test_captions_without_text_are_refused():
    with pytest.raises(ValueError, match="no caption"):
        train_units(["", "  "], 60)


def test_fewer_units_than_letters_are_refused_in_one_line():
    with pytest.raises(ValueError, match="5 units") as refusal:
        train_units(CAPTIONS, 5)
    assert "\n" not in str(refusal.value)


def test_a_foreign_file_is_refused():
    with pytest.raises(ValueError, match="train_text_units"):
        TextUnits(b"not a model")
