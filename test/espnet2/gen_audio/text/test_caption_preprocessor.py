"""Captions become ids; a second pass and missing keys change nothing."""

import numpy as np
import pytest

from espnet2.gen_audio.text.caption_preprocessor import CaptionPreprocessor
from espnet2.gen_audio.text.caption_units import END_ID, TextUnits, train_units


@pytest.fixture(scope="module")
def preprocessor():
    return CaptionPreprocessor(True, TextUnits(train_units(["a dog", "rain"], 30)))


def test_the_caption_becomes_ids_and_other_keys_stay(preprocessor):
    loa = np.zeros((2, 3), np.float32)
    data = preprocessor("id", {"caption": "a dog", "loa": loa})
    assert data["caption"].dtype == np.int64 and data["caption"][-1] == END_ID
    assert data["loa"] is loa


def test_a_second_pass_changes_nothing(preprocessor):
    once = preprocessor("id", {"caption": "rain"})["caption"].copy()
    twice = preprocessor("id", {"caption": once})["caption"]
    np.testing.assert_array_equal(once, twice)


def test_an_example_without_a_caption_passes(preprocessor):
    assert preprocessor("id", {}) == {}


def test_the_empty_caption_has_one_id(preprocessor):
    assert preprocessor("id", {"caption": ""})["caption"].tolist() == [END_ID]
