"""A damaged last checkpoint costs one epoch of work, and changes nothing else."""

import logging
import os
import shutil

import pytest
import torch

from espnet2.gen_audio.training import previous_epoch
from espnet2.gen_audio.training.previous_epoch import (
    CHECKPOINT,
    DAMAGED,
    PREVIOUS,
    load_whole_checkpoint,
    previous_kept,
    settle_previous,
)

# a high rate, so that the best epoch is not always the last
OPTIONS = dict(keep_nbest_models=2, optim_conf="lr=0.6")


def cut_short(path):
    os.truncate(path, path.stat().st_size // 2)


def emptied(path):
    path.write_bytes(b"")


def one_bit_flipped(path):
    content = bytearray(path.read_bytes())
    weight = torch.load(path, weights_only=True)["model"]["net.0.weight"]
    content[content.index(weight.numpy().tobytes()) + 3] ^= 1
    path.write_bytes(bytes(content))


def other_content(path):
    torch.save({"weight": torch.ones(3)}, path)


def removed(path):
    path.unlink()


FAULTS = (cut_short, emptied, one_bit_flipped, other_content, removed)


@pytest.fixture(scope="module")
def trained(toy, toy_data, tmp_path_factory):
    """A training after three epochs, and where it ends after four, undisturbed."""
    base = tmp_path_factory.mktemp("trained")
    options = OPTIONS | {"max_epoch": 3}
    toy.ToyTask.main(cmd=toy.command(toy_data, base / "three", **options))
    shutil.copytree(base / "three", base / "four", symlinks=True)
    options = OPTIONS | {"max_epoch": 4}
    toy.ToyTask.main(cmd=toy.command(toy_data, base / "four", **options))
    return base


def weights_below(folder):
    """Return links by target, and files by the values in them, times left out."""
    found = {}
    for path in folder.rglob("*.pth"):
        state = torch.load(path, weights_only=True)
        state = state.get("model", state)
        values = tuple(value.numpy().tobytes() for value in state.values())
        found[str(path.relative_to(folder))] = (
            os.readlink(path) if path.is_symlink() else values
        )
    return found


@pytest.mark.parametrize("fault", FAULTS)
def test_training_goes_on_from_the_epoch_before_and_ends_as_ever(
    fault, trained, toy, toy_data, tmp_path, caplog
):
    folder = tmp_path / "exp"
    shutil.copytree(trained / "three", folder, symlinks=True)
    fault(folder / CHECKPOINT)
    with caplog.at_level(logging.WARNING):
        options = OPTIONS | {"max_epoch": 4}
        toy.ToyTask.main(cmd=toy.command(toy_data, folder, **options))
    (message,) = [m for m in caplog.messages if "continues from" in m]
    assert message.startswith(f"{folder / CHECKPOINT} ")
    assert "from the end of epoch 2" in message and "\n" not in message
    assert weights_below(folder) == weights_below(trained / "four")
    assert (folder / DAMAGED).exists() == (fault is not removed)


def test_a_damaged_checkpoint_of_a_finished_training_is_made_again(
    trained, toy, toy_data, tmp_path
):
    folder = tmp_path / "exp"
    shutil.copytree(trained / "four", folder, symlinks=True)
    cut_short(folder / CHECKPOINT)
    options = OPTIONS | {"max_epoch": 4}
    toy.ToyTask.main(cmd=toy.command(toy_data, folder, **options))
    assert weights_below(folder) == weights_below(trained / "four")


def test_both_damaged_is_an_error_that_names_both(trained, tmp_path):
    folder = tmp_path / "exp"
    shutil.copytree(trained / "three", folder, symlinks=True)
    cut_short(folder / CHECKPOINT)
    cut_short(folder / PREVIOUS / CHECKPOINT)
    with pytest.raises(ValueError) as refused:
        load_whole_checkpoint(folder)
    assert f"{folder / CHECKPOINT} is damaged" in str(refused.value)
    assert f"{folder / PREVIOUS / CHECKPOINT} is damaged" in str(refused.value)
    assert "\n" not in str(refused.value)


def test_after_one_epoch_there_is_none_before(toy, toy_data, tmp_path):
    toy.ToyTask.main(cmd=toy.command(toy_data, tmp_path, max_epoch=1))
    assert not (tmp_path / PREVIOUS).exists()
    cut_short(tmp_path / CHECKPOINT)
    with pytest.raises(ValueError, match="checkpoint.pth is damaged"):
        load_whole_checkpoint(tmp_path)


def save(folder, epoch):
    """Save an epoch in ESPnet's order, without all that is in one."""
    with previous_kept(folder):
        (folder / ".tmp-checkpoint.pth").write_text(f"checkpoint {epoch}")
        os.replace(folder / ".tmp-checkpoint.pth", folder / CHECKPOINT)
    (folder / f"{epoch}epoch.pth").write_text(f"weights {epoch}")


def contents(folder):
    return {path.name: path.read_text() for path in folder.iterdir()}


def test_epochs_that_the_toolkit_removes_stay_with_the_checkpoint_that_needs_them(
    tmp_path,
):
    for epoch in (1, 2, 3):
        save(tmp_path, epoch)
    (tmp_path / "1epoch.pth").unlink()
    assert contents(tmp_path / PREVIOUS) == {
        CHECKPOINT: "checkpoint 2",
        "1epoch.pth": "weights 1",
        "2epoch.pth": "weights 2",
    }
    save(tmp_path, 4)
    assert contents(tmp_path / PREVIOUS) == {
        CHECKPOINT: "checkpoint 3",
        "2epoch.pth": "weights 2",
        "3epoch.pth": "weights 3",
    }


def test_a_save_that_fails_leaves_two_states_as_they_were(tmp_path):
    for epoch in (1, 2, 3):
        save(tmp_path, epoch)
    before = contents(tmp_path / PREVIOUS)
    assert before[CHECKPOINT] == "checkpoint 2"
    with pytest.raises(OSError), previous_kept(tmp_path):
        raise OSError("disk full")
    settle_previous(tmp_path)
    assert contents(tmp_path / PREVIOUS).items() >= before.items()
    assert (tmp_path / CHECKPOINT).read_text() == "checkpoint 3"


def test_where_there_are_no_hard_links_files_are_copied(tmp_path, monkeypatch):
    def refuse(*_):
        raise PermissionError("no hard links here")

    monkeypatch.setattr(previous_epoch.os, "link", refuse)
    for epoch in (1, 2, 3):
        save(tmp_path, epoch)
    assert contents(tmp_path / PREVIOUS) == {
        CHECKPOINT: "checkpoint 2",
        "1epoch.pth": "weights 1",
        "2epoch.pth": "weights 2",
    }
