"""The command line of slurm.pl, queue.pl, pbs.pl and ssh.pl."""

import os
import subprocess
import sys

import pytest

from espnet2.gen_audio.bin.run_cluster_jobs import main, name_of, split_options
from espnet2.gen_audio.kaldi.jobs import parse_array

SSH = '#!/bin/sh\nshift\nexec "$@"\n'  # the host is this machine


@pytest.mark.parametrize(
    "words, name",
    [(["python3", "-m", "a.b.dump", "-m"], "dump"), (["/bin/ls", "-m"], "ls")],
)
def test_jobs_are_named_after_what_they_run(words, name):
    assert name_of(parse_array(["x.log", *words])) == name


def test_options_end_at_the_array():
    words = ["--num-threads", "2", "--gpu", "1", "x.log", "ls", "--gpu", "3"]
    assert split_options(words) == ({"num_threads": "2", "gpu": "1"}, words[4:])


def test_failed_logs_are_shown_and_the_status_is_1(tmp_path):
    (tmp_path / "ssh").write_text(SSH)
    (tmp_path / "ssh").chmod(0o755)
    (tmp_path / "x.conf").write_text("option host=here\n")
    words = ["ssh", "--config", "x.conf", "--repeats", "0", "JOB=1:2", "x.JOB.log"]
    module = "espnet2.gen_audio.bin.run_cluster_jobs"
    environment = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    job = ["sh", "-c", "echo said JOB; [ JOB = 1 ]"]
    made = subprocess.run(
        [sys.executable, "-m", module, *words, *job],
        cwd=tmp_path, env=environment, capture_output=True, text=True,
    )  # fmt: skip
    assert made.returncode == 1
    told, *shown = made.stderr.splitlines()
    assert told.endswith(" INFO: jobs on here: 2 to run; logs: x.JOB.log")
    assert shown == [
        "--- end of x.2.log",
        "said 2",
        "run_cluster_jobs: error: 1 of 2 jobs failed; logs: x.JOB.log",
    ]


@pytest.mark.parametrize(
    "words, message",
    [
        (["lsf", "x.log", "ls"], "'lsf' is none of the back ends slurm, sge, pbs, ssh"),
        (["slurm", "--gpu"], "option --gpu needs a value"),
        (["slurm", "x.log"], "expected: [JOB=1:n]"),
        (["slurm", "--config", "absent", "x.log", "ls"], "absent: No such file"),
        (["slurm", "--repeats", "-1", "x.log", "ls"], "-1"),
    ],
)
def test_wrong_command_lines_are_refused_in_one_line(words, message, capfd):
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code != 0
    error = capfd.readouterr().err
    assert message in error and len(error.splitlines()) == 1
