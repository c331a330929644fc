"""Hostile and damaged files for the toolkit's trainer: nothing is run."""

import shutil

import pytest
import torch


class Trap:
    """Writes a file when it is unpickled by a reader that runs what it reads."""

    def __init__(self, marker):
        self.marker = marker

    def __reduce__(self):
        return (open, (str(self.marker), "w"))


def trap(path, marker):
    torch.save({"model": {}, "trap": Trap(marker)}, path)


def cut_short(path, marker):
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])


def text(path, marker):
    path.write_text("disk quota exceeded")


FAULTS = [trap, cut_short, text, "torchscript"]


@pytest.fixture(params=FAULTS, ids=lambda fault: getattr(fault, "__name__", fault))
def fault(request, torchscript_trap):
    """Return what spoils a file: (path, marker)."""
    return torchscript_trap if request.param == "torchscript" else request.param


@pytest.fixture(scope="module")
def half(toy, toy_data, tmp_path_factory):
    """A training after one epoch of two."""
    folder = tmp_path_factory.mktemp("half")
    toy.ToyTask.main(cmd=toy.command(toy_data, folder, max_epoch=1))
    return folder


def test_a_run_goes_on_from_no_such_checkpoint(fault, half, toy, toy_data, tmp_path):
    folder, marker = tmp_path / "exp", tmp_path / "ran"
    shutil.copytree(half, folder, symlinks=True)
    fault(folder / "checkpoint.pth", marker)
    with pytest.raises(Exception) as refused:
        toy.ToyTask.main(cmd=toy.command(toy_data, folder, max_epoch=2))
    assert not marker.exists()
    assert "checkpoint.pth" in str(refused.value)
    assert not (folder / "2epoch.pth").exists()


def test_epochs_are_not_averaged_with_such_a_file(fault, half, toy, toy_data, tmp_path):
    folder, marker = tmp_path / "exp", tmp_path / "ran"
    shutil.copytree(half, folder, symlinks=True)
    fault(folder / "1epoch.pth", marker)
    options = {"max_epoch": 2, "keep_nbest_models": 2}
    try:
        toy.ToyTask.main(cmd=toy.command(toy_data, folder, **options))
    except Exception as refused:
        assert "1epoch.pth is " in str(refused)
    else:
        # the run mended the epoch file from its checkpoint before averaging
        state = torch.load(folder / "1epoch.pth", weights_only=True)
        assert "net.0.weight" in state
    assert not marker.exists()


def test_the_toolkits_own_initial_weights_are_refused_before_they_are_read(
    toy, toy_data, tmp_path
):
    path, marker = tmp_path / "given.pth", tmp_path / "ran"
    trap(path, marker)
    options = {"init_param": path, "max_epoch": 1}
    with pytest.raises(ValueError, match="--init_from"):
        toy.ToyTask.main(cmd=toy.command(toy_data, tmp_path / "exp", **options))
    assert not marker.exists()
