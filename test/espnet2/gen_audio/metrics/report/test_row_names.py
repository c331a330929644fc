"""Names of rows: every known row has a title and a meaning."""

from espnet2.gen_audio.metrics.report.row_names import (
    SOUND_ROWS,
    SPEECH_ROWS,
    TITLES,
    row_title,
)


def test_every_known_row_has_a_title_and_a_meaning():
    assert set(SOUND_ROWS) | set(SPEECH_ROWS) == set(TITLES)


def test_an_unknown_system_keeps_its_name():
    assert row_title("mine") == "mine" and row_title("noise") == "white noise"
