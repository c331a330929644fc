"""Progress lines."""

import logging

from espnet2.gen_audio.files.progress import progress


def test_items_pass_unchanged_and_the_last_line_says_all(caplog):
    caplog.set_level(logging.INFO)
    assert list(progress("abc", 3, "dump_loa")) == ["a", "b", "c"]
    assert len(caplog.messages) == 1
    assert caplog.messages[0].startswith("dump_loa: 3/3 clips, ")
    assert caplog.messages[0].endswith("s in all")


def test_lines_in_between_say_how_long_is_left(caplog):
    caplog.set_level(logging.INFO)
    list(progress([1, 2, 3], None, "train", every_seconds=0.0, unit="steps"))
    assert caplog.messages[0].startswith("train: 1/3 steps, ")
    assert caplog.messages[1].endswith("s left")
    assert len(caplog.messages) == 3


def test_a_stream_without_length_is_counted(caplog):
    caplog.set_level(logging.INFO)
    list(progress(iter([1, 2]), None, "read"))
    assert caplog.messages[-1].startswith("read: 2 clips, ")
