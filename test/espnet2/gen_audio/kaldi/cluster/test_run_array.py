"""Arrays on clusters, with stand-ins for the programs of the schedulers."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from stand_ins import KINDS, calls, install  # noqa: E402

from espnet2.gen_audio.bin.run_cluster_jobs import backend_of  # noqa: E402
from espnet2.gen_audio.kaldi.cluster.job_folder import JobFolder  # noqa: E402
from espnet2.gen_audio.kaldi.cluster.run_array import (  # noqa: E402
    end_left_jobs,
    run_array,
)
from espnet2.gen_audio.kaldi.jobs import parse_array  # noqa: E402
from espnet2.gen_audio.kaldi.logged_process import ended_well, log_tail  # noqa: E402

CONF = Path(__file__).parents[5] / "egs2" / "audioldm2" / "conf"
HOSTILE = ("a b", 'c "d"', "o'brien", "$HOME", "`touch made`", "x;touch${IFS}made", "")
SUBMISSIONS = {
    "slurm": "sbatch --export=ALL --parsable --output PLACE/out.%j --gres=gpu:1 "
    "--job-name=printf --cpus-per-task=4 --array=1-3 PLACE/job.sh",
    "sge": "qsub -V -terse -j y -S /bin/sh -o PLACE/out -l gpu=1 "
    "-N printf -pe smp 4 -t 1-3 PLACE/job.sh",
    "pbs": "qsub -V -j oe -S /bin/sh -o PLACE/out -l ngpus=1 "
    "-N printf -l ncpus=4 -J 1-3 PLACE/job.sh",
}


@pytest.fixture(params=KINDS)
def kind(request, tmp_path, monkeypatch):
    """A back end whose programs are stand-ins, and a folder of a recipe."""
    (tmp_path / "it's a recipe").mkdir()
    monkeypatch.chdir(tmp_path / "it's a recipe")
    monkeypatch.setenv("PATH", install(tmp_path / "bin", request.param))
    monkeypatch.setenv("GIVEN", "it's\nhanded over")
    monkeypatch.setenv("SLURM_JOB_ID", "of another job")
    return request.param


def run(kind, tmp_path, words, lives=lambda: True, repeats=0, **options):
    config = CONF / f"{kind}.conf"
    if kind == "ssh":
        config = tmp_path / "ssh.conf"
        config.write_text("option host=one 0 1\noption host=two 5\ndefault gpu=0\n")
    array = parse_array(words)
    backend = backend_of(kind, {"config": str(config), **options}, array)
    backend.ask_every = backend.settle = 0.1
    # the script's name is checked by the stand-ins, so this folder has no quotes
    folder = JobFolder(array, tmp_path / "jobs")
    return run_array(backend, folder, lives, repeats)


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


def test_a_scheduler_gets_options_of_its_own_and_a_generated_file(kind, tmp_path):
    words = ["JOB=1:3", "x.JOB.log", "printf", "%s", "$CUDA_VISIBLE_DEVICES"]
    assert run(kind, tmp_path, words, gpu="1", num_threads="4") == []
    if kind == "ssh":
        found = calls(tmp_path / "bin", "ssh")
        assert sorted(words[0] for words in found) == ["one", "one", "two"]
        return
    program = SUBMISSIONS[kind].partition(" ")[0]
    (found,) = calls(tmp_path / "bin", program)
    place = os.path.dirname(found[-1])
    wanted = SUBMISSIONS[kind].replace("PLACE", place).split()
    assert sorted([program, *found]) == sorted(wanted)


def test_only_the_job_that_failed_is_repeated(kind, tmp_path):
    script = "echo JOB >> tried; [ JOB != 2 ] || [ $(grep -c 2 tried) -gt 1 ]"
    words = ["JOB=1:3", "x.JOB.log", "bash", "-c", script]
    assert run(kind, tmp_path, words, repeats=1) == []
    assert sorted(Path("tried").read_text().split()) == ["1", "2", "2", "3"]


def test_a_job_that_left_the_queue_without_a_result_has_failed(kind, tmp_path):
    words = ["JOB=1:2", "x.JOB.log", "bash", "-c", "kill -9 $PPID; sleep 9"]
    assert run(kind, tmp_path, words) == [1, 2]
    assert "left the queue without a result" in Path("x.2.log").read_text()


def test_jobs_on_hosts_have_gpus_of_their_own(kind, tmp_path):
    if kind != "ssh":
        return
    script = "echo $CUDA_VISIBLE_DEVICES; touch JOB; until [ -e 1 -a -e 2 -a -e 3 ]; do :; done"
    words = ["JOB=1:3", "x.JOB.log", "bash", "-c", script]
    assert run(kind, tmp_path, words, gpu="1") == []
    assert sorted(log_tail(Path(f"x.{n}.log")) for n in (1, 2, 3)) == ["0", "1", "5"]
    with pytest.raises(ValueError, match="no host with 3 GPU"):
        run(kind, tmp_path, words, gpu="3")


@pytest.mark.skipif(sys.platform != "linux", reason="asks Linux to end the jobs")
def test_a_killed_caller_leaves_no_job_and_holds_its_lock_until_then(kind, tmp_path):
    (tmp_path / "queue").write_text("71\n")
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
    (tmp_path / "bin" / "queue").write_text("71\n")
    (tmp_path / "bin" / "pids").write_text("")
    assert end_left_jobs(tmp_path / "jobs") == ["71"]
    assert calls(tmp_path / "bin", "scancel") == [["71"]]
    assert list((tmp_path / "jobs").iterdir()) == [watched.place]
