"""scripts/score_in_jobs.sh: jobs for the clips of large sets, then the scores."""

import os
import subprocess
from pathlib import Path

import pytest

RECIPE = Path(__file__).parents[2] / "egs2" / "audioldm2"


@pytest.mark.parametrize("nj, jobs", [(2, 2), (9, 3), (1, 0)])
def test_jobs_encode_their_parts_and_the_scores_come_last(tmp_path, nj, jobs):
    (tmp_path / "wav.scp").write_text("".join(f"c{n} x\n" for n in range(5)))
    command = tmp_path / "score"
    command.write_text(f'#!/usr/bin/env bash\necho "$*" >> {tmp_path}/calls\n')
    command.chmod(0o755)
    words = (
        f"scripts/score_in_jobs.sh {tmp_path}/wav.scp {tmp_path}/out {command} --seed 1"
    )
    line = f". ./path.sh; nj={nj} per_job=2 run_cmd=run.pl {words}"
    subprocess.run(["bash", "-c", line], cwd=RECIPE, env=os.environ, check=True)
    *parts, last = (tmp_path / "calls").read_text().splitlines()
    assert sorted(parts) == [f"--seed 1 --part {n}/{jobs}" for n in range(1, jobs + 1)]
    assert last == "--seed 1"
    assert (tmp_path / "out/log/encode.1.log").exists() == bool(jobs)
