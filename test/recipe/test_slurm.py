"""The recipe on a Slurm of two nodes on this machine, if its packages are installed."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "faults")]

from kills import digests_of  # noqa: E402
from twenty_files import RECIPE, command, write_corpus  # noqa: E402

SCRIPT = HERE.parents[1] / "tools" / "one_machine_slurm.sh"
INSTALL = "apt-get install -y --no-install-recommends slurm-wlm munge"
PLACES = os.pathsep.join([os.environ["PATH"], "/usr/sbin"])
MISSING = [
    name
    for name in ("munged", "slurmctld", "slurmd", "sbatch")
    if shutil.which(name, path=PLACES) is None
]
pytestmark = [
    pytest.mark.timeout(900),
    pytest.mark.skipif(bool(MISSING), reason=f"{MISSING} missing: {INSTALL}"),
]


@pytest.fixture(scope="module")
def slurm(tmp_path_factory):
    """The environment of a Slurm's users."""
    folder = tmp_path_factory.mktemp("slurm")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, "SLURM_PORT": str(port), "SLURM_CPUS": "4"}
    environment["cmd_backend"] = "slurm"
    subprocess.run([SCRIPT, "start", folder], env=environment, check=True, timeout=90)
    yield environment | {"SLURM_CONF": str(folder / "slurm.conf")}
    subprocess.run([SCRIPT, "stop", folder], env=environment, check=True, timeout=90)


def queue(environment):
    """Return the lines of the queue, but for jobs that are just being removed."""
    words = ["squeue", "--noheader", "--states=PENDING,RUNNING,SUSPENDED"]
    asked = subprocess.run(words, env=environment, capture_output=True, text=True)
    assert asked.returncode == 0, asked.stderr
    return asked.stdout.splitlines()


def test_jobs_get_gpus_and_the_environment_and_alone_are_repeated(slurm, tmp_path):
    script = (
        'echo "$GIVEN on $CUDA_VISIBLE_DEVICES" >> JOB.tried;'
        " [ JOB != 2 ] || [ $(wc -l < JOB.tried) -gt 1 ]"
    )
    words = ["slurm", "--config", str(RECIPE / "conf" / "slurm.conf"), "--gpu", "2"]
    words += ["JOB=1:3", "log.JOB", "bash", "-c", script]
    module = "espnet2.gen_audio.bin.run_cluster_jobs"
    done = subprocess.run(
        [sys.executable, "-m", module, *words],
        cwd=tmp_path, env=slurm | {"GIVEN": "it's"}, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    tried = [(tmp_path / f"{n}.tried").read_text() for n in (1, 2, 3)]
    line = "it's on 0,1\n"
    assert tried == [line, line * 2, line]
    assert "part of job " in (tmp_path / "log.1").read_text()


@pytest.mark.parametrize("group", [False, True])
def test_a_killed_recipe_leaves_no_job_in_the_queue(slurm, tmp_path, group):
    words = command(write_corpus(tmp_path), tmp_path / "work", stop_stage="2")
    run = subprocess.Popen(
        words, cwd=RECIPE, env=slurm, start_new_session=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    deadline = time.monotonic() + 300
    while not queue(slurm):
        assert time.monotonic() < deadline and run.poll() is None
        time.sleep(0.05)
    (os.killpg if group else os.kill)(run.pid, signal.SIGKILL)
    run.wait()
    lock = tmp_path / "work" / "exp" / ".lock"
    subprocess.run(["flock", "--wait", "120", lock, "true"], check=True)
    assert queue(slurm) == []


def test_the_data_stages_make_the_same_files_as_on_this_machine(slurm, tmp_path):
    corpus = write_corpus(tmp_path)
    made = {}
    for backend in ("local", "slurm"):
        work = tmp_path / "work"
        words = command(corpus, work, stop_stage="4")
        environment = slurm | {"cmd_backend": backend}
        done = subprocess.run(
            words, cwd=RECIPE, env=environment, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        assert ("slurm job " in done.stderr) == (backend == "slurm")
        made[backend] = digests_of(work)
        work.rename(tmp_path / backend)
    assert made["slurm"] == made["local"] != {}
