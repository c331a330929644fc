"""``--pretrained`` refuses a hostile file and writes nothing."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

RECIPE = Path(__file__).resolve().parents[2] / "egs2" / "audioldm2"


def take(source, folder):
    """Run the script of ``--pretrained`` as the recipe does."""
    search = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    return subprocess.run(
        ["bash", "scripts/take_pretrained.sh", str(source), str(folder)],
        cwd=RECIPE,
        env=os.environ | {"PATH": search},
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize("name", ["model.pth", "model.ckpt", "model.zip", "model"])
def test_a_scripted_module_is_not_opened(tmp_path, torchscript_trap, name):
    marker = tmp_path / "ran"
    torchscript_trap(tmp_path / name, marker)
    taken = take(tmp_path / name, tmp_path / "out")
    assert taken.returncode == 1
    errors = [line for line in taken.stderr.splitlines() if "error: " in line]
    assert len(errors) == 1 and f"{name} is a TorchScript archive" in errors[0]
    assert "Traceback" not in taken.stderr
    assert not marker.exists() and not (tmp_path / "out" / "system.yaml").exists()
    torch.jit.load(tmp_path / name)
    assert marker.exists()  # torch.load would run the code
