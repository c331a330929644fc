"""One command for jobs, whatever runs them."""

import pytest

from espnet2.gen_audio.bin import run_cluster_jobs, run_jobs
from espnet2.gen_audio.bin.submit_jobs import main


@pytest.fixture
def seen(monkeypatch):
    """What the launchers of this machine and of clusters are given."""
    seen = []
    for module in (run_jobs, run_cluster_jobs):
        monkeypatch.setattr(module, "main", seen.append)
    return seen


@pytest.mark.parametrize(
    "runner, words",
    [
        ("run.pl --max-jobs-run 1", ["--max-jobs-run", "1"]),
        ("utils/run.pl", []),
        ("slurm.pl --mem 8G", ["slurm", "--mem", "8G"]),
        ("queue.pl", ["sge"]),
        ("pbs.pl", ["pbs"]),
        ("ssh.pl", ["ssh"]),
    ],
)
def test_own_runners_get_the_words_themselves(seen, runner, words):
    main(["--runner", runner, "JOB=1:2", "x.JOB", "ls", "a b"])
    assert seen == [[*words, "JOB=1:2", "x.JOB", "ls", "a b"]]


def test_jobs_whose_logs_say_that_they_succeeded_are_left_out(seen, tmp_path):
    ends = {
        1: "# Ended (code 0) at x",
        2: "# Ended (code 1) at x",
        4: "# Ended (code 0",
    }
    for number, end in {**ends, 5: "# Finished at x with status 0"}.items():
        (tmp_path / f"{number}.log").write_text(f"# x\n\n{end}\n")
    words = [str(tmp_path / "JOB.log"), "ls"]
    main(["--skip_done", "JOB=1:6", *words])
    assert seen == [["JOB=2:4,6:6", *words]]
    main(["--skip_done", "JOB=1:1", *words])
    assert len(seen) == 1
    main(["JOB=1:1", *words])
    assert len(seen) == 2


def test_an_empty_runner_is_refused_in_one_line(capsys):
    with pytest.raises(SystemExit):
        main(["--runner", " ", "x.log", "ls"])
    assert "names no script" in capsys.readouterr().err
