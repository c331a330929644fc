"""The command line of run.pl."""

import pytest

from espnet2.gen_audio.bin.run_jobs import gpu_groups, main


def test_options_before_the_array_are_understood_and_those_after_are_the_job_s(
    tmp_path,
):
    log = tmp_path / "a.JOB.log"
    main(
        "--gpu 0 --mem 2G --num-threads 2 --max-jobs-run 1 --name x".split()
        + ["JOB=1:2", str(log), "echo", "--gpu", "JOB"]
    )
    assert "--gpu 2\n" in (tmp_path / "a.2.log").read_text()


def test_failed_logs_are_shown_and_the_status_is_1(tmp_path, capsys):
    command = ["JOB=1:5", str(tmp_path / "a.JOB.log"), "ls", "absent.JOB"]
    with pytest.raises(SystemExit) as ended:
        main(command)
    assert ended.value.code == 1
    error = capsys.readouterr().err
    assert "absent.1" in error and "absent.3" in error and "absent.4" not in error
    assert error.splitlines()[-1].startswith("run_jobs: error: 5 of 5 jobs failed")


def test_gpus_are_grouped_by_what_a_job_needs(monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "3,4,6,7,9")
    assert gpu_groups(0) == []
    assert gpu_groups(1) == ["3", "4", "6", "7", "9"]
    assert gpu_groups(2) == ["3,4", "6,7"]


def test_more_gpus_than_there_are_is_refused(monkeypatch, capsys, tmp_path):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    with pytest.raises(SystemExit):
        main(["--gpu", "1", str(tmp_path / "a.log"), "true"])
    assert "each job needs 1 GPU (--gpu), but 0 are visible" in capsys.readouterr().err


@pytest.mark.parametrize("command", [[], ["--unknown", "1", "a.log", "ls"]])
def test_wrong_command_lines_are_refused(command):
    with pytest.raises(SystemExit) as ended:
        main(command)
    assert ended.value.code != 0
