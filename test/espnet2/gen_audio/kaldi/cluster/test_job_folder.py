"""The folder of an array that runs elsewhere."""

import errno
import fcntl
import os
import shutil
import subprocess

import pytest

from espnet2.gen_audio.kaldi.cluster.job_folder import (
    JobFolder,
    handed_over,
    load_job,
    run_job,
)
from espnet2.gen_audio.kaldi.jobs import parse_array

JOB = '{"name": "", "log": "a", "folder": ".", "command": %s, "environment": %s}'


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return JobFolder(parse_array(["JOB=1:2", "x.JOB.log", "echo", "JOB"]))


def test_only_its_owner_can_read_it_since_variables_may_be_secret(folder):
    assert folder.place.stat().st_mode & 0o077 == 0
    folder.remove()
    assert not folder.place.exists()


def test_it_is_locked_before_others_see_it_by_a_file_that_nfs_can_lock(
    tmp_path, monkeypatch
):
    def lock(file, operation):
        if fcntl.fcntl(file, fcntl.F_GETFL) & os.O_ACCMODE != os.O_RDWR:
            raise OSError(errno.EBADF, "Bad file descriptor")  # as NFS does
        assert operation == fcntl.LOCK_EX and not list(tmp_path.glob("*/job.json"))
        locked.append(os.fstat(file.fileno()).st_ino)

    locked = []
    monkeypatch.setattr(fcntl, "flock", lock)
    folder = JobFolder(parse_array(["x.log", "ls"]), tmp_path)
    assert locked == [(folder.place / "job.json").stat().st_ino]


def test_others_see_no_part_of_one_that_is_removed(folder, monkeypatch):
    def remove(place, ignore_errors):
        seen.append((place / "job.json").exists())

    seen = []
    monkeypatch.setattr(shutil, "rmtree", remove)
    folder.remove()
    assert seen == [False]


def test_a_variable_that_is_no_text_is_handed_over_as_it_is(tmp_path, monkeypatch):
    monkeypatch.setenv("ODD", os.fsdecode(b"\xff"))
    folder = JobFolder(parse_array(["x.log", "ls"]), tmp_path)
    assert load_job(folder.place / "job.json")["environment"]["ODD"] == "\udcff"


def test_variables_of_a_machine_or_another_job_are_not_handed_over():
    given = {"PATH": "/bin", "SLURM_JOB_ID": "1", "PBS_O_HOME": "x", "TMPDIR": "/t"}
    given |= {"CUDA_VISIBLE_DEVICES": "3", "OMP_NUM_THREADS": "2"}
    assert handed_over(given) == {"PATH": "/bin", "OMP_NUM_THREADS": "2"}


def test_a_job_keeps_the_devices_that_its_scheduler_gave_it(folder, monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "5")
    (folder.place / "job.json").unlink()
    words = ["x.JOB.log", "printenv", "CUDA_VISIBLE_DEVICES"]
    other = JobFolder(parse_array(words))
    assert run_job(other.place / "job.json", 1, lambda: True) == 0
    assert "\n5\n" in open("x.JOB.log").read()


def test_the_number_of_a_job_is_an_argument_or_a_variable_of_a_scheduler(folder):
    script = folder.script()
    for words, variables in (
        (["2"], {}),
        ([], {"SLURM_ARRAY_TASK_ID": "2"}),
        ([], {"SGE_TASK_ID": "2"}),
        ([], {"PBS_ARRAY_INDEX": "2", "SGE_TASK_ID": ""}),
    ):
        environment = {"PATH": "/usr/bin:/bin", **variables}
        subprocess.run(["sh", script, *words], env=environment, cwd="/", check=True)
        assert folder.statuses() == {2: 0}
        folder.forget(2)
        assert folder.statuses() == {}


@pytest.mark.parametrize(
    "content", ["[]", "{}", JOB % ("[]", "{}"), JOB % ("[1]", "{}"), JOB % ('["a"]', 1)]
)
def test_a_file_of_another_form_is_refused(tmp_path, content):
    (tmp_path / "job.json").write_text(content)
    with pytest.raises(ValueError, match="contains no job"):
        load_job(tmp_path / "job.json")


def test_a_job_that_is_not_wanted_any_more_is_ended(folder):
    words = ["x.log", "sleep", "60"]
    other = JobFolder(parse_array(words))
    assert run_job(other.place / "job.json", 1, lambda: False) == 143
    assert other.statuses() == {1: 143}
    assert os.getcwd() == str(folder.place.parents[1])
