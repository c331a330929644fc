"""Saves inside the block are whole or absent; loads inside it run no pickle."""

import io
import pickle

import numpy as np
import pytest
import torch

from espnet2.gen_audio.training.atomic_save import atomic_saves
from espnet2.gen_audio.training.previous_epoch import CHECKPOINT


class Trap:
    """Would run code when it is unpickled."""

    def __reduce__(self):
        return print, ("executed",)


class Unsavable:
    """Fails in the middle of a save."""

    def __reduce__(self):
        raise OSError("disk full")


def test_a_save_that_fails_leaves_the_older_file_and_nothing_else(tmp_path):
    path = tmp_path / "1epoch.pth"
    with atomic_saves():
        torch.save({"weight": torch.ones(1)}, path)
        with pytest.raises(OSError, match="disk full"):
            torch.save({"weight": torch.zeros(1), "bad": Unsavable()}, path)
    assert [p.name for p in tmp_path.iterdir()] == ["1epoch.pth"]
    assert torch.load(path, weights_only=True)["weight"] == 1


def test_a_checkpoint_is_made_plain_so_that_it_loads_again(tmp_path):
    with atomic_saves():
        torch.save({"model": {}, "reporter": np.float64(2)}, tmp_path / CHECKPOINT)
    assert torch.load(tmp_path / CHECKPOINT, weights_only=True)["reporter"] == 2.0


def test_a_checkpoint_that_would_not_load_again_is_refused_at_once(tmp_path):
    with atomic_saves(), pytest.raises(pickle.UnpicklingError):
        torch.save({"model": {}, "schedulers": [Trap()]}, tmp_path / CHECKPOINT)
    assert list(tmp_path.iterdir()) == []


def test_a_pickle_is_not_executed_even_if_the_toolkit_asks_for_it(tmp_path, capsys):
    torch.save(Trap(), tmp_path / "trap.pth")
    with atomic_saves(), pytest.raises(ValueError, match="trap.pth is damaged, or"):
        torch.load(tmp_path / "trap.pth", weights_only=False)
    assert "executed" not in capsys.readouterr().out


def test_streams_are_written_as_ever():
    stream = io.BytesIO()
    with atomic_saves():
        torch.save({"weight": torch.ones(1)}, stream)
    stream.seek(0)
    assert torch.load(stream, weights_only=True)["weight"] == 1


def test_after_the_block_torch_is_as_before():
    before = torch.save, torch.load
    with pytest.raises(RuntimeError), atomic_saves():
        raise RuntimeError("training failed")
    assert (torch.save, torch.load) == before
