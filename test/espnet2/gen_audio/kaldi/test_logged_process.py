"""Logs with the first and last lines of Kaldi's."""

import os
import time

import pytest

from espnet2.gen_audio.kaldi.logged_process import (
    LoggedProcess,
    ended_well,
    log_tail,
    write_end,
)


def test_a_log_has_command_notes_output_and_end(tmp_path):
    log = tmp_path / "a" / "x.log"
    words = ["printf", "%s", "two\nlines"]
    process = LoggedProcess(words, log, os.environ, ["a note"])
    while process.poll() is None:
        time.sleep(0.01)
    assert process.poll() == 0
    lines = log.read_text().splitlines()
    assert lines[:3] == ["# printf %s 'two", "# lines'", "# a note"]
    assert lines[4:7] == ["#", "two", "lines"]
    assert lines[7].startswith("# Ended (code 0) at ") and len(lines) == 8
    assert ended_well(log) and log_tail(log) == "two\nlines"


def test_a_process_that_does_not_end_when_asked_is_killed(tmp_path, monkeypatch):
    module = "espnet2.gen_audio.kaldi.logged_process"
    monkeypatch.setattr(f"{module}._SECONDS_TO_END", 0.2)
    log = tmp_path / "x.log"
    script = "trap '' TERM; echo deaf; sleep 60 & wait; sleep 60"
    process = LoggedProcess(["bash", "-c", script], log, os.environ)
    while "\ndeaf\n" not in log.read_text():
        time.sleep(0.01)
    process.ask_to_end()
    process.end()
    assert "(code -9)" in log.read_text() and not ended_well(log)


@pytest.mark.parametrize(
    "text, expected",
    [
        ("", False),
        ("# Ended (code 0) at x", True),
        ("# Ended (code 0) at x\n\n", True),
        ("# Ended (code 10) at x", False),
        ("# Ended (code 0) at x\nmore", False),
        ("# Finished at x with status 0", True),
        ("# Finished at x with status 1", False),
    ],
)
def test_only_the_last_line_says_whether_a_job_succeeded(tmp_path, text, expected):
    (tmp_path / "x.log").write_text(text)
    assert ended_well(tmp_path / "x.log") is expected
    assert not ended_well(tmp_path / "absent")


def test_the_end_is_a_line_of_its_own(tmp_path):
    (tmp_path / "x.log").write_text("no newline")
    write_end(tmp_path / "x.log", 1)
    assert (tmp_path / "x.log").read_text().startswith("no newline\n# Ended (code 1)")
