"""Schedulers get options of their own form, and one generated file."""

import os
from pathlib import Path

import pytest
from stand_ins import calls, install, run

from espnet2.gen_audio.kaldi.cluster import schedulers
from espnet2.gen_audio.kaldi.cluster.schedulers import is_in_queue

SUBMISSIONS = {
    "slurm": "sbatch --export=ALL --parsable --output PLACE/out.%j --gres=gpu:1 "
    "--job-name=printf-CODE --cpus-per-task=4 --array=1-3 PLACE/job.sh",
    "sge": "qsub -V -terse -j y -S /bin/sh -o PLACE/out -l gpu=1 "
    "-N printf-CODE -pe smp 4 -t 1-3 PLACE/job.sh",
    "pbs": "qsub -V -j oe -S /bin/sh -o PLACE/out -l ngpus=1 "
    "-N printf-CODE -l ncpus=4 -J 1-3 PLACE/job.sh",
}


def test_a_scheduler_gets_options_of_its_own_and_a_generated_file(scheduler, tmp_path):
    words = ["JOB=1:3", "x.JOB.log", "printf", "%s", "$CUDA_VISIBLE_DEVICES"]
    assert run(scheduler, tmp_path, words, gpu="1", num_threads="4") == []
    program = SUBMISSIONS[scheduler].partition(" ")[0]
    (found,) = calls(tmp_path / "bin", program)
    place = os.path.dirname(found[-1])
    wanted = SUBMISSIONS[scheduler].replace("PLACE", place)
    wanted = wanted.replace("CODE", place[-6:]).split()
    assert sorted([program, *found]) == sorted(wanted)


def test_only_so_many_jobs_run_at_once(scheduler, tmp_path):
    words = ["JOB=1:2", "x.JOB.log", "true"]
    assert run(scheduler, tmp_path, words, max_jobs_run="1") == []
    program = SUBMISSIONS[scheduler].partition(" ")[0]
    (found,) = calls(tmp_path / "bin", program)
    shown = {"slurm": "--array=1-2%1", "sge": "-tc 1", "pbs": "-J 1-2%1"}
    assert shown[scheduler] in " ".join(found)


def test_a_refused_job_is_an_error_with_the_schedulers_reason(scheduler, tmp_path):
    for program in ("sbatch", "qsub"):
        refusing = tmp_path / "bin" / program
        refusing.write_text("#!/bin/sh\necho one >&2; echo no such queue >&2; exit 1\n")
        refusing.chmod(0o755)
    with pytest.raises(ValueError, match="refused a job: no such queue; .*conf"):
        run(scheduler, tmp_path, ["x.log", "true"])
    assert not list((tmp_path / "jobs").iterdir())


def test_a_job_that_is_queued_though_its_submission_failed_is_watched_over(
    scheduler, tmp_path, caplog
):
    (tmp_path / "bin" / "lost").touch()
    words = ["JOB=1:2", "x.JOB.log", "sleep", "1"]
    assert run(scheduler, tmp_path, words) == []
    assert caplog.text.count("Socket timed out on send/recv operation; job 71") == 1


def test_a_scheduler_that_does_not_answer_has_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", install(tmp_path / "bin", "slurm"))
    (tmp_path / "bin" / "sbatch").write_text("#!/bin/sh\nexec sleep 60\n")
    monkeypatch.setattr(schedulers, "_SECONDS", 0.3)
    with pytest.raises(ValueError, match="refused a job: no answer within 0.3 s"):
        run("slurm", tmp_path, ["x.log", "true"])


@pytest.mark.parametrize(
    "kind, said, is_told",
    [
        ("slurm", "71_[1-3] JobHeldUser", True),
        ("slurm", "71 launch failed requeued held", True),
        ("slurm", "71_2 None", False),
        ("sge", "job_number: 71\nerror reason    1:   can't open output", True),
        ("sge", "job_number: 71", False),
        ("pbs", "Job id\n---\n71[].server name user 0 H batch", True),
        ("pbs", "Job id\n---\n71.server name HH 00:00:00 R batch", False),
    ],
)
def test_a_job_that_waits_for_a_person_is_named_once(
    tmp_path, monkeypatch, caplog, kind, said, is_told
):
    monkeypatch.setenv("PATH", install(tmp_path, kind))
    (tmp_path / "said").write_text(said)
    for name in ("squeue", "qstat"):
        (tmp_path / name).write_text(f"#!/bin/sh\ncat {tmp_path}/said\n")
        (tmp_path / name).chmod(0o755)
    backend = schedulers.Scheduler(kind, None, {})
    backend.ids.append("71")
    assert backend.lives() and backend.lives()
    assert caplog.text.count("job 71 is held or in error") == int(is_told)


def test_an_option_that_the_file_of_rules_lacks_is_refused(scheduler, tmp_path):
    with pytest.raises(ValueError, match="has no line 'option disk="):
        run(scheduler, tmp_path, ["x.log", "true"], disk="1T")


@pytest.mark.parametrize(
    "kind, status, said, is_left",
    [
        ("slurm", 0, "71_[1-3]", True),
        ("slurm", 0, "", False),
        ("slurm", 1, "slurm_load_jobs error: Invalid job id specified", False),
        ("slurm", 1, "Unable to contact slurm controller", True),
        ("sge", 0, "job_number: 71", True),
        ("sge", 1, "error: commlib error: can't connect", True),
        ("pbs", 0, "71.server name user 00:00:00 R batch", True),
        ("pbs", 0, "71.server name user 00:00:00 C batch", False),
        ("pbs", 35, "qstat: 71.server Job has finished, use -x", False),
        ("pbs", 1, "qstat: cannot connect to server", True),
    ],
)
def test_a_job_has_left_the_queue_only_if_the_scheduler_says_so(
    tmp_path, monkeypatch, kind, status, said, is_left
):
    monkeypatch.setenv("PATH", install(tmp_path, kind))
    for name in ("squeue", "qstat"):
        (tmp_path / name).write_text(f"#!/bin/sh\ncat {tmp_path}/said\nexit {status}\n")
        (tmp_path / name).chmod(0o755)
    Path(tmp_path / "said").write_text(said)
    assert is_in_queue(kind, "71") is is_left
