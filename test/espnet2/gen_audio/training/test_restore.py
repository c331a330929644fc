"""What is mended from the checkpoint alone, and what cannot be."""

import os
from types import SimpleNamespace

import pytest
import torch
from espnet2.train.reporter import Reporter

from espnet2.gen_audio.training.plain_state import plain
from espnet2.gen_audio.training.restore import (
    check_averaging,
    restore_epoch,
    stopped_early,
)

LOSSES = {1: 3.0, 2: 1.0, 3: 2.0}


def options(**changes):
    chosen = dict(
        best_model_criterion=[("valid", "loss", "min")],
        keep_nbest_models=1,
        nbest_averaging_interval=0,
        patience=None,
        early_stopping_criterion=("valid", "loss", "min"),
    )
    return SimpleNamespace(**{**chosen, **changes})


def reporter_of(losses):
    reporter = Reporter()
    stats = {epoch: {"valid": {"loss": loss}} for epoch, loss in losses.items()}
    reporter.load_state_dict({"epoch": max(losses), "stats": stats})
    return reporter


def state(epoch):
    return {"weight": torch.full((2,), float(epoch))}


@pytest.fixture
def killed(tmp_path):
    """Killed after the third checkpoint: its epoch file and links are not there yet."""
    for epoch in (1, 2):
        torch.save(state(epoch), tmp_path / f"{epoch}epoch.pth")
    (tmp_path / "valid.loss.best.pth").symlink_to("1epoch.pth")
    (tmp_path / ".tmp-1-aa-3epoch.pth").write_bytes(b"half")
    checkpoint = {"model": state(3), "reporter": reporter_of(LOSSES).state_dict()}
    torch.save(plain(checkpoint), tmp_path / "checkpoint.pth")
    return tmp_path


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_files_and_links_follow_from_the_checkpoint(killed):
    assert restore_epoch(killed, options()).get_epoch() == 3
    assert names(killed) == [
        "2epoch.pth", "3epoch.pth", "checkpoint.pth", "latest.pth",
        "valid.loss.best.pth",
    ]  # fmt: skip
    assert os.readlink(killed / "latest.pth") == "3epoch.pth"
    assert os.readlink(killed / "valid.loss.best.pth") == "2epoch.pth"
    assert torch.load(killed / "latest.pth", weights_only=True)["weight"][0] == 3


def test_an_epoch_file_older_than_the_checkpoint_is_of_another_run(killed):
    torch.save(state(99), killed / "3epoch.pth")
    os.utime(killed / "3epoch.pth", (1, 1))
    restore_epoch(killed, options())
    assert torch.load(killed / "3epoch.pth", weights_only=True)["weight"][0] == 3


def test_mending_twice_changes_nothing_more(killed):
    restore_epoch(killed, options())
    before = {p: p.lstat().st_mtime_ns for p in killed.iterdir()}
    restore_epoch(killed, options())
    assert {p: p.lstat().st_mtime_ns for p in killed.iterdir()} == before


def test_a_best_epoch_that_is_gone_is_named(killed):
    (killed / "2epoch.pth").unlink()
    with pytest.raises(ValueError, match="2epoch.pth is one of .*resume with those"):
        restore_epoch(killed, options())


def test_periodic_averages_are_made_again(killed):
    restore_epoch(killed, options(keep_nbest_models=2, nbest_averaging_interval=3))
    average = torch.load(
        killed / "valid.loss.ave_2best.till3epoch.pth", weights_only=True
    )
    assert average["weight"][0] == 2.5
    assert (killed / "valid.loss.ave.till3epoch.pth").is_symlink()


def test_a_folder_without_a_checkpoint_only_loses_leftovers(tmp_path):
    (tmp_path / ".tmp-1-aa-checkpoint.pth").write_bytes(b"half")
    (tmp_path / "config.yaml").write_text("part: toy\n")
    assert restore_epoch(tmp_path, options()) is None
    assert names(tmp_path) == ["config.yaml"]


def test_patience_counts_epochs_since_the_best():
    assert not stopped_early(reporter_of(LOSSES), options(patience=1))
    assert stopped_early(reporter_of({**LOSSES, 4: 2.5}), options(patience=1))
    assert not stopped_early(reporter_of({**LOSSES, 4: 2.5}), options())


@pytest.mark.parametrize(
    "dtype, counts, criteria, version, message",
    [
        (torch.int64, [2], 1, "202611", "position has type torch.int64"),
        (torch.float32, [2], 2, "202511", "first of 2 averages"),
    ],
)
def test_averages_that_would_be_wrong_are_refused(
    dtype, counts, criteria, version, message
):
    weights = {"position": torch.zeros(2, dtype=dtype)}
    with pytest.raises(ValueError, match=message):
        check_averaging(weights, counts, criteria, version)


def test_averages_that_are_right_pass():
    integers = {"position": torch.zeros(2, dtype=torch.int64)}
    check_averaging(integers, [1], 3, "202511")  # links, no sums
    check_averaging({"weight": torch.zeros(2)}, [3], 2, "202611")
