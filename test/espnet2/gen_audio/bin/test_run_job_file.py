"""The command by which a scheduler runs one job of a generated file."""

import os
import subprocess
import sys

import pytest

from espnet2.gen_audio.bin.run_job_file import main
from espnet2.gen_audio.kaldi.cluster.job_folder import JobFolder
from espnet2.gen_audio.kaldi.jobs import parse_array


def test_it_writes_log_and_status_of_the_job(tmp_path):
    words = [
        "JOB=3:3",
        str(tmp_path / "x.JOB.log"),
        "sh",
        "-c",
        "echo part JOB; exit 4",
    ]
    folder = JobFolder(parse_array(words), tmp_path)
    with pytest.raises(SystemExit) as ended:
        main([str(folder.place / "job.json"), "3"])
    assert ended.value.code == 4
    assert "\npart 3\n# Ended (code 4) at " in (tmp_path / "x.3.log").read_text()
    assert folder.statuses() == {3: 4}


def test_the_end_of_its_input_ends_the_job(tmp_path):
    log = tmp_path / "x.log"
    folder = JobFolder(parse_array([str(log), "sleep", "600"]), tmp_path)
    module = "espnet2.gen_audio.bin.run_job_file"
    words = ["-m", module, "--while_input_is_open", "--gpus", "1", "1"]
    words.insert(-1, str(folder.place / "job.json"))
    job = subprocess.Popen(
        [sys.executable, *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    job.stdin.write(b"x")
    while not log.exists() and job.poll() is None:
        os.sched_yield()
    assert job.poll() is None
    job.stdin.close()
    assert job.wait(timeout=60) == 143
    assert job.stdout.read() == b"The job has started.\n"
    assert folder.statuses() == {1: 143}


def test_a_missing_file_is_one_line(tmp_path, capsys):
    with pytest.raises(SystemExit):
        main([str(tmp_path / "absent"), "1"])
    assert "absent: No such file or directory" in capsys.readouterr().err
