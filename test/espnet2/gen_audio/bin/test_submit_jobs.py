"""One command for jobs, whatever runs them."""

import os

import pytest

from espnet2.gen_audio.bin.submit_jobs import main


def test_run_pl_gets_the_words_themselves(monkeypatch):
    seen = []
    monkeypatch.setattr(os, "execvp", lambda *words: seen.append(words))
    main(["--runner", "run.pl --max-jobs-run 1", "JOB=1:2", "x.JOB", "ls", "a b"])
    wanted = ["run.pl", "--max-jobs-run", "1", "JOB=1:2", "x.JOB", "ls", "a b"]
    assert seen == [("run.pl", wanted)]


def test_an_empty_runner_is_refused_in_one_line(capsys):
    with pytest.raises(SystemExit):
        main(["--runner", " ", "x.log", "ls"])
    assert "names no script" in capsys.readouterr().err
