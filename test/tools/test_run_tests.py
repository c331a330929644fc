"""The test command: what it runs, in which environment, and what it ends with."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CHECKS = ("black", "isort", "flake8", "shellcheck")
CALLED = f"called -m pytest -n {len(os.sched_getaffinity(0))} --dist loadfile"


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """Copy the script beside commands that only report that they were called."""
    root = tmp_path / "clone"
    (root / "tools").mkdir(parents=True)
    (root / ".ci").mkdir()
    shutil.copy(ROOT / ".ci" / "run", root / ".ci" / "run")
    shutil.copy(ROOT / "tools" / "run_tests.sh", root / "tools")
    (root / "tools" / "activate_python.sh").write_text("PATH=${VENV}/bin:${PATH}\n")
    write(root / "tools" / "setup_env.sh", 'echo "set up ${VENV##*/}"')
    folder = root / "tools" / "venv" / "bin"
    for name in CHECKS:
        write(folder / name, f'! [[ "${{FAILING:-}}" == *{name}* ]]')
    version = "%d.%d" % sys.version_info[:2]
    write(
        folder / "python",
        f'case "$1" in -c) echo {version} ;; *) echo "called $*"; '
        'echo "== 1 passed =="; exit "${PYTEST_FAILS:-0}" ;; esac',
    )
    return root


def write(path: Path, body: str) -> None:
    """Write an executable shell script."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/usr/bin/env bash\n{body}\n")
    path.chmod(0o755)


def run(clone: Path, *arguments: str, **environment: str) -> tuple[int, list[str]]:
    """Run the script in the clone; return its status and its lines of output."""
    kept = {k: v for k, v in os.environ.items() if k not in ("VENV", "PYTHON")}
    done = subprocess.run(
        [str(clone / (arguments[0] if arguments else "")), *arguments[1:]],
        env={**kept, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    return done.returncode, done.stdout.splitlines()


def test_it_sets_up_checks_and_ends_with_the_summary_of_pytest(clone: Path) -> None:
    status, lines = run(clone, "tools/run_tests.sh")
    assert status == 0
    assert lines[0] == "set up venv"
    checks = [line.split()[1] for line in lines if line.startswith("run_tests: ")]
    assert checks == list(CHECKS)
    assert lines[-2:] == [f"{CALLED} test", "== 1 passed =="]


def test_continuous_integration_runs_the_same(clone: Path) -> None:
    assert run(clone, ".ci/run") == run(clone, "tools/run_tests.sh")


@pytest.mark.parametrize("name", CHECKS)
def test_a_check_that_fails_fails_the_run_after_the_tests(
    clone: Path, name: str
) -> None:
    status, lines = run(clone, "tools/run_tests.sh", FAILING=name)
    assert status == 1
    assert any(f"failed checks: {name}" in line for line in lines)
    assert lines[-1] == "== 1 passed =="


def test_the_status_of_pytest_is_handed_on(clone: Path) -> None:
    assert run(clone, "tools/run_tests.sh", PYTEST_FAILS="2")[0] == 2


@pytest.mark.parametrize(
    ("arguments", "called"),
    [
        (["--fast"], "test --ignore=test/recipe"),
        (["-k", "mel", "-x"], "-k mel -x test"),
        (["tools/run_tests.sh::test_a"], "tools/run_tests.sh::test_a"),
    ],
)
def test_arguments_go_to_pytest(clone: Path, arguments: list[str], called: str) -> None:
    _, lines = run(clone, "tools/run_tests.sh", *arguments)
    assert lines[-2] == f"{CALLED} {called}"


def test_another_python_gets_an_environment_of_its_own(clone: Path) -> None:
    same = str(clone / "tools" / "venv" / "bin" / "python")
    assert run(clone, "tools/run_tests.sh", PYTHON=same)[1][0] == "set up venv"
    other = clone / "python-of-the-future"
    write(other, "echo 3.99")
    lines = run(clone, "tools/run_tests.sh", PYTHON=str(other))[1]
    assert lines[0] == "set up venv-3.99"
    lines = run(clone, "tools/run_tests.sh", PYTHON=str(other), VENV="/x/mine")[1]
    assert lines[0] == "set up mine"


def test_help_is_shown_without_setting_up(clone: Path) -> None:
    status, lines = run(clone, "tools/run_tests.sh", "--help")
    assert status == 0 and "set up venv" not in lines
    assert any("--fast" in line for line in lines)
