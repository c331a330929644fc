"""Importing the package is quick, and refuses a toolkit hidden by a bare folder."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

import espnet2.gen_audio

SOURCE = Path(espnet2.gen_audio.__file__).parent


@pytest.fixture
def bare_folder(tmp_path: Path) -> Path:
    """Plant an espnet2 without __init__.py that holds the plugin, as pip leaves it."""
    (tmp_path / "espnet2").mkdir()
    shutil.copytree(SOURCE, tmp_path / "espnet2" / "gen_audio")
    return tmp_path


def run(code: str, site: Path) -> subprocess.CompletedProcess:
    """Run Python with ``site`` as its only folder of packages."""
    environment = {**os.environ, "PYTHONPATH": str(site)}
    return subprocess.run(
        [sys.executable, "-S", "-c", code],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        cwd=site,
    )


def test_a_bare_folder_is_refused_with_both_cures(bare_folder: Path) -> None:
    done = run("import espnet2.gen_audio", bare_folder)
    message = done.stderr.strip().splitlines()[-1]
    assert done.returncode == 1
    assert message.startswith(
        f"ImportError: espnet2 is a bare folder here ({bare_folder}"
    )
    assert "tools/setup_env.sh" in message and "link_into_espnet.sh" in message


def test_a_toolkit_with_its_init_file_is_accepted(bare_folder: Path) -> None:
    (bare_folder / "espnet2" / "__init__.py").write_text("")
    assert run("import espnet2.gen_audio", bare_folder).returncode == 0


def test_the_import_is_light() -> None:
    code = (
        "import sys, time; start = time.perf_counter(); import espnet2.gen_audio;"
        "print(time.perf_counter() - start, 'torch' in sys.modules)"
    )
    started = time.perf_counter()
    shown = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    seconds, torch_imported = shown.stdout.split()
    assert torch_imported == "False"
    assert float(seconds) < 0.2, f"of {time.perf_counter() - started:.1f} s in all"


def test_the_docstring_names_every_folder() -> None:
    folders = {path.parent.name for path in SOURCE.glob("*/__init__.py")}
    for name in folders:
        assert f"    {name}/ " in espnet2.gen_audio.__doc__
