"""Timing: in turn, with an interval that holds the ratio."""

import torch

from espnet2.gen_audio.bench.timing import compare, difference_of, summary


def test_arms_take_turns_and_who_begins_changes():
    calls = []

    def arm(name):
        def work():
            calls.append(name)
            return torch.ones(2)

        return work

    row = compare("x", arm("ours"), arm("peer"), rounds=3)
    assert calls[2:] == ["ours", "peer", "peer", "ours", "ours", "peer"]
    assert row.rounds == 3 and row.difference == 0.0


def test_the_interval_holds_the_ratio_of_the_rounds():
    times = [(1.0, 2.0), (1.1, 2.0), (0.9, 2.0), (1.0, 2.0), (3.0, 2.0)]
    row = summary("x", times, None)
    assert row.ratio == 0.5 and row.low <= row.ratio <= row.high
    assert (row.ours_s, row.peer_s) == (1.0, 2.0)
    exact = summary("x", [(1.0, 4.0)] * 5, None)
    assert exact.low == exact.high == 0.25


def test_differences_are_relative_to_the_peak_of_the_peer():
    assert difference_of(torch.tensor([1.0, 4.5]), torch.tensor([1.0, 4.0])) == 0.125
