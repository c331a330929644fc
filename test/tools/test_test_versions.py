"""The matrix of library versions: which pairs it runs, over what, and its verdict."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAIRS = ("4.44.2 diffusers 0.30.3", "4.57.6 diffusers 0.36.0")


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """Copy the script beside commands that only record how they were called."""
    root = tmp_path / "clone"
    (root / "tools").mkdir(parents=True)
    shutil.copy(ROOT / "tools" / "test_versions.sh", root / "tools")
    (root / "tools" / "activate_python.sh").write_text("PATH=${VENV}/bin:${PATH}\n")
    write(root / "tools" / "setup_env.sh", "echo set up")
    # an overlay is a folder that says which versions it holds
    write(
        root / "tools" / "venv" / "bin" / "uv",
        'while [ "$1" != --target ]; do shift; done; mkdir -p "$2"; '
        'echo "installed $3 $4" >> calls; '
        'echo "transformers ${3#*==} diffusers ${4#*==}" > "$2/held"',
    )
    write(
        root / "tools" / "venv" / "bin" / "python",
        'held=$(cat "${PYTHONPATH:-none}/held" 2> /dev/null || echo newest); '
        'case "$1" in -c) echo "${held}" ;; '
        '*) [[ "${held}" != *"${BROKEN:-nothing}"* ]] ;; esac',
    )
    return root


def write(path: Path, body: str) -> None:
    """Write an executable shell script."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/usr/bin/env bash\n{body}\n")
    path.chmod(0o755)


def run(clone: Path, *arguments: str, **environment: str) -> tuple[int, str]:
    """Run the script in the clone; return its status and what it printed."""
    kept = {k: v for k, v in os.environ.items() if k not in ("VENV", "PYTHONPATH")}
    done = subprocess.run(
        [str(clone / "tools" / "test_versions.sh"), *arguments],
        env={**kept, **environment},
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    return done.returncode, done.stdout + done.stderr


def test_both_old_pairs_and_the_newest_are_run(clone: Path) -> None:
    status, printed = run(clone)
    assert status == 0, printed
    for pair in (*(f"transformers {pair}" for pair in PAIRS), "newest"):
        assert f"passed: {pair}" in printed


def test_a_pair_that_fails_is_named_and_the_others_run_all_the_same(clone) -> None:
    status, printed = run(clone, BROKEN="4.44.2")
    assert status == 1
    assert f"FAILED: transformers {PAIRS[0]}" in printed
    assert f"passed: transformers {PAIRS[1]}" in printed


def test_an_overlay_is_installed_once(clone: Path) -> None:
    run(clone)
    run(clone)
    assert len((clone / "calls").read_text().splitlines()) == len(PAIRS)


def test_an_overlay_that_holds_other_versions_ends_the_run(clone: Path) -> None:
    run(clone)
    for held in clone.glob("tools/versions/4.44*/held"):
        held.write_text("transformers 5.0.0 diffusers 0.42.0\n")
    status, printed = run(clone)
    assert status == 1
    assert "not 4.44.2" in printed


def test_help_names_the_pairs_and_runs_nothing(clone: Path) -> None:
    status, printed = run(clone, "--help")
    assert status == 0
    assert "4.44.2 with diffusers 0.30.3" in printed
    assert "set up" not in printed
