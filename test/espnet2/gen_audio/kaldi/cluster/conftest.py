"""Stand-ins for the programs of each back end."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from stand_ins import KINDS, install  # noqa: E402


@pytest.fixture(params=KINDS)
def kind(request, tmp_path, monkeypatch):
    """A back end whose programs are stand-ins, and a folder of a recipe."""
    return _installed(request.param, tmp_path, monkeypatch)


@pytest.fixture(params=[kind for kind in KINDS if kind != "ssh"])
def scheduler(request, tmp_path, monkeypatch):
    """A scheduler whose programs are stand-ins, and a folder of a recipe."""
    return _installed(request.param, tmp_path, monkeypatch)


@pytest.fixture
def hosts(tmp_path, monkeypatch):
    """The back end ssh with a stand-in, and a folder of a recipe."""
    return _installed("ssh", tmp_path, monkeypatch)


def _installed(kind, tmp_path, monkeypatch):
    (tmp_path / "it's a recipe").mkdir()
    monkeypatch.chdir(tmp_path / "it's a recipe")
    monkeypatch.setenv("PATH", install(tmp_path / "bin", kind))
    monkeypatch.setenv("GIVEN", "it's\nhanded over")
    monkeypatch.setenv("SLURM_JOB_ID", "of another job")
    return kind
