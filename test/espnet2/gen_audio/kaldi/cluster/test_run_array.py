"""Arrays on clusters, with stand-ins for the programs of the schedulers."""

import fcntl
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from stand_ins import CONF, calls, install, run

from espnet2.gen_audio.kaldi.cluster import run_array
from espnet2.gen_audio.kaldi.cluster.job_folder import JobFolder
from espnet2.gen_audio.kaldi.cluster.run_array import end_left_jobs
from espnet2.gen_audio.kaldi.jobs import parse_array
from espnet2.gen_audio.kaldi.logged_process import ended_well, log_tail

HOSTILE = ("a b", 'c "d"', "o'brien", "$HOME", "`touch made`", "x;touch${IFS}made", "")


def test_every_word_and_the_environment_reach_the_jobs_and_no_shell(kind, tmp_path):
    script = 'printf "%s/" "$@" "$GIVEN" "$PWD"'
    words = ["bash", "-c", script, "x", *HOSTILE, "JOB"]
    assert run(kind, tmp_path, ["JOB=1:3", "log/o'brien.JOB.log", *words]) == []
    for number in (1, 2, 3):
        log = Path(f"log/o'brien.{number}.log")
        wanted = [*HOSTILE, str(number), "it's\nhanded over", os.getcwd()]
        assert log_tail(log, 99) == "/".join(wanted) + "/"
        assert ended_well(log)
        job = "" if kind == "ssh" else " as part of job 71"
        assert re.search(rf"^# Number {number}{job}, on ", log.read_text(), re.M)
    assert not Path("made").exists()
    assert not list((tmp_path / "jobs").iterdir())


def test_only_the_job_that_failed_is_repeated(kind, tmp_path):
    script = "echo JOB >> tried; [ JOB != 2 ] || [ $(grep -c 2 tried) -gt 1 ]"
    words = ["JOB=1:3", "x.JOB.log", "bash", "-c", script]
    assert run(kind, tmp_path, words, repeats=1) == []
    assert sorted(Path("tried").read_text().split()) == ["1", "2", "2", "3"]


def test_a_job_that_left_the_queue_without_a_result_has_failed(kind, tmp_path):
    words = ["JOB=1:2", "x.JOB.log", "bash", "-c", "kill -9 $PPID; sleep 9"]
    assert run(kind, tmp_path, words) == [1, 2]
    assert "left the queue without a result" in Path("x.2.log").read_text()


@pytest.mark.skipif(sys.platform != "linux", reason="asks Linux to end the jobs")
def test_a_killed_caller_leaves_no_job_and_holds_its_lock_until_then(
    kind, tmp_path, monkeypatch
):
    (tmp_path / "plain").mkdir()  # the folder of generated files is below it
    monkeypatch.chdir(tmp_path / "plain")
    conf = tmp_path / "ssh.conf" if kind == "ssh" else CONF / f"{kind}.conf"
    (tmp_path / "ssh.conf").write_text("option host=one\n")
    script = (
        "exec 9>>lock; flock 9;"
        f" {sys.executable} -m espnet2.gen_audio.bin.run_cluster_jobs {kind} --config"
        f" {conf} JOB=1:1 {tmp_path}/x.JOB.log bash -c 'echo $$; exec sleep 600'"
    )
    runner = subprocess.Popen(["bash", "-c", script], start_new_session=True)
    log = tmp_path / "x.1.log"
    wait_until(lambda: log_tail(log).isdecimal())
    os.killpg(runner.pid, signal.SIGKILL)
    runner.wait()
    free = ["flock", "--wait", "60", "lock", "true"]
    assert subprocess.run(free, check=False).returncode == 0
    assert not is_running(int(log_tail(log)))
    assert "(code 143)" in log.read_text() or "(code -15)" in log.read_text()


def is_running(process):
    stat = Path(f"/proc/{process}/stat")
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z"


def wait_until(condition):
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_jobs_of_a_run_that_ended_with_its_machine_are_ended_by_the_next(
    tmp_path, monkeypatch
):
    monkeypatch.setenv("PATH", install(tmp_path / "bin", "slurm"))
    monkeypatch.chdir(tmp_path)
    watched = JobFolder(parse_array(["x.log", "true"]), tmp_path / "jobs")
    left = JobFolder(parse_array(["x.log", "true"]), tmp_path / "jobs")
    for folder, number in ((watched, 5), (left, 71)):
        (folder.place / "ids").write_text(f"slurm {number}\nslurm --help\n")
    left._lock.close()  # its watching process is gone
    waiting = start_job(tmp_path, "sleep 1; exit 5")
    assert end_left_jobs(tmp_path / "jobs") == ["71"]
    assert not is_running(waiting.pid)
    assert calls(tmp_path / "bin", "scancel") == [["71"]]
    assert waiting.wait() == 5
    assert list((tmp_path / "jobs").iterdir()) == [watched.place]


def start_job(tmp_path, end):
    script = f"trap '{end}' TERM; echo ready; while :; do sleep 0.05; done"
    words = ["bash", "-c", script]
    job = subprocess.Popen(words, stdout=subprocess.PIPE, start_new_session=True)
    assert job.stdout.readline() == b"ready\n"
    (tmp_path / "bin" / "pids").write_text(str(job.pid))
    return job


def test_jobs_that_do_not_end_are_named_and_left_to_the_next_call(
    tmp_path, monkeypatch, caplog
):
    monkeypatch.setenv("PATH", install(tmp_path / "bin", "slurm"))
    monkeypatch.setattr(run_array, "_SECONDS_TO_BE_GONE", 0)
    left = JobFolder(parse_array(["x.log", "true"]), tmp_path / "jobs")
    (left.place / "ids").write_text("slurm 71\n")
    left._lock.close()
    job = start_job(tmp_path, "")
    for _ in range(2):
        assert end_left_jobs(tmp_path / "jobs") == ["71"]
    assert caplog.text.count("jobs 71 were cancelled and are not gone yet") == 2
    job.kill()
    job.wait()
    assert end_left_jobs(tmp_path / "jobs") == []
    assert not list((tmp_path / "jobs").iterdir())


def test_a_folder_that_its_run_removes_meanwhile_does_not_end_another_run(
    tmp_path, monkeypatch
):
    def lock(file, operation):
        shutil.rmtree(tmp_path / "jobs", ignore_errors=True)
        really_lock(file, operation)

    for number in range(2):  # one goes before it is locked, one before it is opened
        JobFolder(parse_array(["x.log", "true"]), tmp_path / "jobs")._lock.close()
    really_lock = fcntl.flock
    monkeypatch.setattr(fcntl, "flock", lock)
    assert end_left_jobs(tmp_path / "jobs") == []


def test_a_folder_that_was_left_is_locked_by_a_file_that_nfs_can_lock(
    tmp_path, monkeypatch
):
    JobFolder(parse_array(["x.log", "true"]), tmp_path)._lock.close()
    modes = []
    monkeypatch.setattr(fcntl, "flock", lambda file, _: modes.append(file.mode))
    assert end_left_jobs(tmp_path) == []
    assert modes == ["rb+"] and not list(tmp_path.iterdir())
