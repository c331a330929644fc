"""A text of characters that nobody sees is blank."""

import pytest

from espnet2.gen_audio.files.visible_text import is_blank

UNSEEN = (
    "\u200b\u200d\u2060\ufeff\u00ad\u202e\u3164\u2800\u034f\ufe0f\u00a0\u2003\u0301"
)


@pytest.mark.parametrize("text", ["", " \t\n", *UNSEEN, UNSEEN, f" {UNSEEN} "])
def test_what_shows_nothing_is_blank(text):
    assert is_blank(text)


@pytest.mark.parametrize("mark", ["a", ".", "-", "5", "\u00e9", "e\u0301", "\u4f60"])
def test_one_visible_character_is_enough(mark):
    assert not is_blank(f"{UNSEEN}{mark}{UNSEEN}")
