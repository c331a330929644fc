"""Arrays of jobs: numbers, words, logs, failures, GPUs, limits."""

import os
import signal
import subprocess
import sys
import time

import pytest

from espnet2.gen_audio.kaldi.jobs import parse_array, run_jobs
from espnet2.gen_audio.kaldi.logged_process import log_tail


def array_of(tmp_path, jobs, *command):
    return parse_array([jobs, str(tmp_path / "log" / "x.JOB.log"), *command])


def test_each_job_has_its_number_in_command_and_log(tmp_path):
    array = array_of(tmp_path, "JOB=2:4", "echo", "part.JOB")
    assert run_jobs(array, at_once=2) == []
    for number in (2, 3, 4):
        lines = (tmp_path / "log" / f"x.{number}.log").read_text().splitlines()
        assert lines[0] == f"# echo part.{number}"
        assert lines[3] == f"part.{number}"
        assert lines[4].startswith("# Ended (code 0) at ")


def test_failed_jobs_are_named_and_the_others_still_run(tmp_path):
    script = "echo said JOB; test JOB -ne 3"
    array = array_of(tmp_path, "JOB=1:4", "bash", "-c", script)
    assert run_jobs(array, at_once=4) == [3]
    assert log_tail(array.log_of(3)) == "said 3"
    assert "code 1" in array.log_of(3).read_text()
    assert log_tail(array.log_of(4)) == "said 4"


HOSTILE = ("a b", 'c "d" e', "", "o'brien", "$HOME", "`id`", "x;touch${IFS}made", "|")


def test_words_reach_the_program_as_they_are_and_no_shell(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    array = array_of(tmp_path, "JOB=1:1", "printf", "%s\n", *HOSTILE, "tee", "made")
    assert run_jobs(array, 1) == []
    words = [*HOSTILE, "tee", "made"]
    assert log_tail(array.log_of(1), 99).split("\n") == words
    assert not (tmp_path / "made").exists()


def test_a_folder_with_quotes_in_its_name_holds_log_and_output(tmp_path):
    folder = tmp_path / "x" / 'o\'brien "two"'
    array = array_of(folder, "JOB=1:2", "touch", str(folder / "made.JOB"))
    assert run_jobs(array, 2) == []
    assert sorted(path.name for path in folder.glob("made.*")) == ["made.1", "made.2"]


def test_a_program_that_does_not_exist_is_named_in_the_log(tmp_path):
    array = array_of(tmp_path, "JOB=1:1", "no_such_program", "x")
    assert run_jobs(array, 1) == [1]
    assert "no_such_program" in log_tail(array.log_of(1))


def test_no_more_jobs_run_at_once_than_allowed(tmp_path):
    script = tmp_path / "job.sh"  # stays until it has seen another, or for two seconds
    script.write_text(
        f"cd {tmp_path}; mkdir r.$1; for i in $(seq 40); do n=$(ls | grep -c r[.]);"
        " echo $n; test $n -gt 1 && break; sleep 0.05; done; sleep 0.1; rmdir r.$1"
    )
    array = array_of(tmp_path, "JOB=1:6", "bash", str(script), "JOB")
    assert run_jobs(array, at_once=2) == []
    together = " ".join(log_tail(array.log_of(n), 40) for n in range(1, 7))
    assert set(together.split()) == {"1", "2"}


def test_jobs_that_run_together_have_different_gpus(tmp_path):
    script = "echo $CUDA_VISIBLE_DEVICES && sleep 0.2"
    array = array_of(tmp_path, "JOB=1:4", "bash", "-c", script)
    assert run_jobs(array, at_once=4, gpus=["0", "7"]) == []
    seen = [log_tail(array.log_of(n)) for n in range(1, 5)]
    assert sorted(seen) == ["0", "0", "7", "7"]
    assert set(seen[:2]) == {"0", "7"}


def test_without_gpus_the_variable_is_left_alone(tmp_path, monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "5")
    array = array_of(tmp_path, "JOB=1:1", "printenv", "CUDA_VISIBLE_DEVICES")
    run_jobs(array, 1)
    assert log_tail(array.log_of(1)) == "5"


def test_a_single_job_needs_no_range(tmp_path):
    array = parse_array([str(tmp_path / "a.log"), "echo", "JOB"])
    assert run_jobs(array, 1) == []
    assert log_tail(tmp_path / "a.log") == "JOB"


@pytest.mark.parametrize(
    "words, message",
    [
        ([], "expected"),
        (["JOB=1:2", "x.JOB.log"], "expected"),
        (["JOB=3:2", "x.JOB.log", "ls"], "must ascend"),
        (["JOB=0:2", "x.JOB.log", "ls"], "must ascend"),
        (["JOB=1:2", "x.log", "ls"], "its own log"),
    ],
)
def test_wrong_arrays_are_refused(words, message):
    with pytest.raises(ValueError, match=message):
        parse_array(words)


@pytest.mark.skipif(sys.platform != "linux", reason="asks Linux to end the jobs")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_jobs_end_with_their_runner(tmp_path, number):
    script = (
        "from espnet2.gen_audio.kaldi.jobs import *\n"
        f"a = parse_array(['{tmp_path}/a.log', 'bash', '-c', 'echo $$; exec sleep"
        " 60'])\n"
        "run_jobs(a, 1)\n"
    )
    runner = subprocess.Popen([sys.executable, "-c", script])
    deadline = time.monotonic() + 20
    while not log_tail(tmp_path / "a.log") and time.monotonic() < deadline:
        time.sleep(0.05)
    job = int(log_tail(tmp_path / "a.log"))
    runner.send_signal(number)
    runner.wait(timeout=10)
    while _is_running(job) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not _is_running(job), "the job outlived its runner"


def _is_running(process):
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return not _is_zombie(process)


def _is_zombie(process):
    try:
        with open(f"/proc/{process}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True
