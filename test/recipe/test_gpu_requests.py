"""Scripts of the recipe request GPUs, names and logs from a runner."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

RECIPE = Path(__file__).parents[2] / "egs2" / "audioldm2"
RUNNER = """\
#!/usr/bin/env bash
printf '%s\\n' "$@" > "$(dirname "$0")/asked"
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
    end = next(n for n, w in enumerate(words) if "log" in w or w.startswith("JOB="))
    return words[:end]


def train(runner, **variables):
    config = runner.parent / "config.yaml"
    config.touch()
    exp = runner.parent / "exp"
    return run("train_model.sh", "vae", exp, config, cuda_cmd=runner, **variables)


@pytest.mark.parametrize("gpus", [0, 1])
def test_a_training_asks_for_its_gpus(runner, gpus):
    train(runner, ngpu=gpus)
    assert asked_of(runner) == ["--gpu", "1"] * gpus


def test_a_training_on_several_gpus_asks_for_all_and_shows_its_epochs(runner):
    shown = train(runner, ngpu=2, num_nodes=1).stdout
    assert asked_of(runner) == ["--name", "exp", "--gpu", "2"]
    assert "2026-01-01 10:00:00,1 1epoch results: [train] a=1\n" in shown


@pytest.mark.parametrize("gpus", [0, 1, 4])
def test_each_job_of_a_dump_asks_for_one_gpu(runner, gpus):
    keys = runner.parent / "keys"
    keys.write_text("".join(f"clip{n} x\n" for n in range(6)))
    run(
        "run_sharded.sh", keys, runner.parent / "out", "true",
        train_cmd=runner, nj=3, per_job=2, ngpu=gpus,
    )  # fmt: skip
    assert asked_of(runner) == ["--gpu", "1"] * (gpus > 0)


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
