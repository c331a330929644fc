"""Scripts of the recipe request GPUs, names and logs from a runner."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

RECIPE = Path(__file__).parents[2] / "egs2" / "audioldm2"
RUNNER = """\
#!/usr/bin/env bash
printf '%s\\n' "$@" > "$(dirname "$0")/asked"
for word in "$@"; do
    case ${word} in */job.sh) cp "${word%.sh}.json" "$(dirname "$0")/job.json" ;; esac
done
line='2026-01-01 10:00:00,1 (trainer:1) INFO: 1epoch results: [train] a=1'
echo "[host:0/2] ${line}" > "$(dirname "$0")/exp/train.log"
sleep 1
"""


@pytest.fixture
def runner(tmp_path):
    """A runner that writes its arguments to a file."""
    (tmp_path / "exp").mkdir()
    path = tmp_path / "stand_in.pl"
    path.write_text(RUNNER)
    path.chmod(0o755)
    return path


def run(script, *words, **variables):
    places = [str(RECIPE / "utils"), str(Path(sys.executable).parent)]
    environment = os.environ | {key: str(v) for key, v in variables.items()}
    environment["PATH"] = os.pathsep.join([*places, environment["PATH"]])
    command = [RECIPE / "scripts" / script, *words]
    return subprocess.run(
        command, cwd=RECIPE, env=environment, capture_output=True, text=True
    )


def asked_of(runner):
    """Return the arguments before the log or the range of jobs."""
    words = (runner.parent / "asked").read_text().splitlines()
    ends = ("JOB=", "NODE=", "/")
    end = next(n for n, word in enumerate(words) if word.startswith(ends))
    return words[:end]


def jobs_of(runner):
    """Return range, log and command of the jobs, as the generated file has them."""
    job = json.loads((runner.parent / "job.json").read_text())
    asked = (runner.parent / "asked").read_text().splitlines()
    ranges = [word for word in asked if word.startswith(f"{job['name'] or '?'}=")]
    return [[*ranges, job["log"], *job["command"]]]


def train(runner, **variables):
    config = runner.parent / "config.yaml"
    config.touch()
    exp = runner.parent / "exp"
    return run("train_model.sh", "vae", exp, config, cuda_cmd=runner, **variables)


@pytest.mark.parametrize("gpus", [0, 1])
def test_a_training_asks_for_its_gpus(runner, gpus):
    train(runner, ngpu=gpus, num_threads=3)
    wanted = ["--num-threads", "3", "--name", "exp"]
    assert asked_of(runner) == wanted + ["--gpu", "1"] * gpus


def test_a_training_on_several_gpus_asks_for_all_and_shows_its_epochs(runner):
    shown = train(runner, ngpu=2, num_nodes=1).stdout
    asked = asked_of(runner)
    assert asked == ["--num-threads", "1", "--name", "exp", "--gpu", "2"]
    assert "2026-01-01 10:00:00,1 1epoch results: [train] a=1\n" in shown


@pytest.mark.parametrize("gpus", [0, 1, 4])
def test_each_job_of_a_dump_asks_for_one_gpu(runner, gpus):
    keys = runner.parent / "keys"
    keys.write_text("".join(f"clip{n} x\n" for n in range(6)))
    run(
        "run_sharded.sh", keys, runner.parent / "out", "true",
        train_cmd=runner, nj=3, per_job=2, ngpu=gpus, job_threads=2,
    )  # fmt: skip
    assert asked_of(runner) == ["--num-threads", "2"] + ["--gpu", "1"] * (gpus > 0)


def test_local_jobs_of_a_dump_are_spread_over_the_gpus_there_are(tmp_path):
    keys = tmp_path / "keys"
    keys.write_text("".join(f"clip{n} x\n" for n in range(4)))
    script = tmp_path / "job"
    script.write_text(
        "#!/usr/bin/env bash\n"
        'while [ "$1" != --output_dir ]; do shift; done\n'
        'mkdir -p "$2"; sleep 0.5\n'
        'echo "clip ${CUDA_VISIBLE_DEVICES}" > "$2/device.scp"\n'
    )
    script.chmod(0o755)
    done = run(
        "run_sharded.sh", keys, tmp_path / "out", script,
        nj=2, per_job=1, ngpu=2, train_cmd="run.pl", CUDA_VISIBLE_DEVICES="3,5",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    devices = (tmp_path / "out" / "device.scp").read_text().split()[1::2]
    assert sorted(devices) == ["3", "5"]


@pytest.mark.parametrize("gpus", [0, 2])
def test_machines_of_a_training_meet_through_a_file(runner, gpus):
    train(runner, ngpu=gpus, num_nodes=3)
    asked = asked_of(runner)
    wanted = ["--num-threads", "1", "--name", "exp"]
    assert asked == wanted + ["--gpu", str(gpus)] * (gpus > 0)
    (words,) = jobs_of(runner)
    assert words[:2] == ["NODE=1:3", str(runner.parent / "exp" / "train.NODE.log")]
    line = " ".join(words[2:])
    assert (
        f"-m torch.distributed.run --nnodes 3 --nproc-per-node {max(gpus, 1)} " in line
    )
    assert f"--rdzv-endpoint {runner.parent}/exp/.meeting." in line
    assert line.endswith(f"--ngpu {min(gpus, 1)} --multiprocessing_distributed false")
    assert ("--dist_backend gloo" in line) == (gpus == 0)


def test_slurm_starts_the_machines_of_a_training_together(runner):
    slurm = runner.rename(runner.with_name("slurm.pl"))
    train(slurm, ngpu=4, num_nodes=2)
    assert asked_of(slurm)[-2:] == ["--num-nodes", "2"]
    (words,) = jobs_of(slurm)
    assert words[0] == str(slurm.parent / "exp" / "train.log")
    assert words[1:5] == ["srun", "python3", "-m", "torch.distributed.run"]


def test_only_shards_that_failed_are_repeated_by_the_next_start(tmp_path):
    keys = tmp_path / "keys"
    keys.write_text("".join(f"clip{n} x\n" for n in range(3)))
    script = tmp_path / "job"
    script.write_text(
        "#!/usr/bin/env bash\n"
        'while [ "$1" != --output_dir ]; do shift; done\n'
        f'echo "${{2##*/}}" >> "{tmp_path}/tried"; mkdir -p "$2"\n'
        f'[ "${{2##*/}}" != 2 ] || [ -e "{tmp_path}/repaired" ] || exit 1\n'
        'echo "clip${2##*/} y" > "$2/x.scp"\n'
    )
    script.chmod(0o755)

    def start(digest):
        (tmp_path / "tried").write_text("")
        done = run(
            "run_sharded.sh", keys, tmp_path / "out", script,
            nj=3, per_job=1, train_cmd="run.pl", STEP_READS=digest,
        )  # fmt: skip
        tried = (tmp_path / "tried").read_text().split()
        return done.returncode, sorted(tried)

    assert start("a") == (1, ["1", "2", "3"])
    assert start("a") == (1, ["2"])
    (tmp_path / "repaired").touch()
    assert start("b") == (0, ["1", "2", "3"])  # other input
    assert start("b") == (0, ["1", "2", "3"])  # joined before: all is made anew
    wanted = "".join(f"clip{n} y\n" for n in (1, 2, 3))
    assert (tmp_path / "out" / "x.scp").read_text() == wanted


@pytest.mark.parametrize(
    "backend, runner",
    [
        (None, "run.pl"),
        ("local", "run.pl"),
        ("slurm", "slurm.pl"),
        ("sge", "queue.pl"),
        ("pbs", "pbs.pl"),
        ("ssh", "ssh.pl"),
    ],
)
def test_one_variable_says_where_all_jobs_run(backend, runner):
    environment = {key: v for key, v in os.environ.items() if key != "cmd_backend"}
    environment |= {"cmd_backend": backend} if backend else {}
    script = '. ./cmd.sh; echo "${train_cmd} ${cuda_cmd} ${decode_cmd}"'
    words = ["bash", "-euc", script]
    done = subprocess.run(
        words, cwd=RECIPE, env=environment, capture_output=True, text=True
    )
    assert done.stdout.split() == [runner] * 3
    assert os.access(RECIPE / "utils" / runner, os.X_OK)


def test_an_unknown_back_end_is_refused():
    done = subprocess.run(
        ["bash", "-c", "cmd_backend=lsf; . ./cmd.sh"],
        cwd=RECIPE, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 2
    assert "'lsf' is none of local, slurm, sge, pbs, ssh" in done.stderr


def test_what_is_watched_does_not_decide_whether_a_training_goes_on(runner, tmp_path):
    (tmp_path / "vae").mkdir()
    (tmp_path / "vae" / "config.yaml").touch()
    train(runner)
    before = (tmp_path / "exp" / "identity").read_text()
    done = train(runner, watch_clips=3, watch_vae=tmp_path / "vae", watch_vocoder="x")
    assert "was made with" not in done.stderr
    assert (tmp_path / "exp" / "identity").read_text() == before
    words = (tmp_path / "exp" / "run.sh").read_text()
    assert f"--watch_clips 3 --watch_vae {tmp_path}/vae --output_dir" in words
