"""Plain state: safe to load, the same on both releases of the toolkit."""

import datetime

import numpy as np
import torch

from espnet2.gen_audio.training.plain_state import plain, revive

STATE = {
    1: {"valid": {"loss": np.float64(0.1), "time": datetime.timedelta(seconds=1.5)}},
    "lr": (np.float32(0.5), [np.int64(3), None]),
}


def test_a_checkpoint_of_plain_state_loads_without_pickle(tmp_path):
    torch.save(plain(STATE), tmp_path / "state.pth")
    loaded = torch.load(tmp_path / "state.pth", weights_only=True)
    assert loaded == plain(STATE)
    assert type(loaded[1]["valid"]["loss"]) is float
    assert type(loaded["lr"][1][0]) is int


def test_numbers_keep_every_digit():
    value = np.float64(1) / 3
    assert plain(value) == value


def test_time_spans_come_back():
    assert revive(plain(STATE))[1]["valid"]["time"] == datetime.timedelta(seconds=1.5)


def test_tensors_are_passed_on_and_not_copied():
    weight = torch.ones(2)
    assert plain({"state": {0: weight}})["state"][0] is weight
