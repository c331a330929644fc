"""A run killed after any change on disk ends, started again, as the undisturbed one."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def trials(tmp_path_factory):
    folder = tmp_path_factory.mktemp("killed")
    program = Path(__file__).with_name("killed_runs.py")
    done = subprocess.run(
        [sys.executable, program, folder],
        capture_output=True,
        text=True,
        # processes that fork must not have threads or a GPU
        env={**os.environ, "OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""},
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads((folder / "report.json").read_text())


@pytest.mark.parametrize("trainer", ["regressor", "muon", "adversary"])
def test_a_kill_after_any_write_rename_link_or_unlink_changes_nothing(trials, trainer):
    report = trials[trainer]
    found = {line.rsplit(" ", 1)[0] for line in report["operations"]}
    assert found == {"torn write", "write", "replace", "link", "unlink", "symlink"}
    saves = [o for o in report["operations"] if o == "replace checkpoint.pth"]
    assert len(saves) == 3  # one an epoch: every epoch's save was cut in pieces
    assert report["restarts"] >= 4  # restarts, too, were killed while they mended
    assert report["differing"] == []
    assert "latest.pth" in report["expected"]
    assert not [name for name in report["expected"] if name.startswith(".")]


def test_the_trial_meets_an_epoch_that_is_not_the_best(trials):
    expected = trials["regressor"]["expected"]
    assert expected["latest.pth"] != expected["valid.loss.best.pth"]
