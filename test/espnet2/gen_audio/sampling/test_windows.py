"""Windows cover the whole length, their weights sum to 1, and no seam shows."""

import pytest
import torch

from espnet2.gen_audio.sampling.windows import by_windows, ramp, window_starts


@pytest.mark.parametrize("length, hop", [(16, 8), (17, 8), (40, 12), (33, 16)])
def test_windows_cover_a_length_from_end_to_end(length, hop):
    starts = window_starts(length, 16, hop)
    assert starts[0] == 0 and starts[-1] == length - 16
    steps = [b - a for a, b in zip(starts, starts[1:])]
    assert all(0 < step <= hop for step in steps)


def test_windows_that_would_leave_gaps_are_refused():
    with pytest.raises(ValueError, match="hop 17"):
        window_starts(40, 16, 17)


def test_slopes_of_two_windows_that_join_add_up_to_one():
    left, right = ramp(8, 3, False, True), ramp(8, 3, True, False)
    torch.testing.assert_close(left[-3:] + right[:3], torch.ones(3).double())
    assert (left[:5] == 1).all() and (ramp(8, 8, True, True) > 0).all()


@pytest.mark.parametrize("length", [16, 23, 40, 61])
def test_windows_do_not_change_a_pointwise_function(length):
    whole = torch.randn(2, length, 3).double()
    starts = window_starts(length, 16, 12)
    made = by_windows([lambda cut: 2 * cut], whole, starts, 16, axis=1)
    torch.testing.assert_close(made, 2 * whole)


def test_a_window_may_return_more_positions_than_it_was_given():
    whole = torch.randn(1, 20, 2).double()
    starts = window_starts(20, 8, 6)
    made = by_windows(
        [lambda cut: cut.repeat_interleave(4, dim=1)], whole, starts, 8, 1, growth=4
    )
    torch.testing.assert_close(made, whole.repeat_interleave(4, dim=1))


def test_every_window_has_its_own_function_and_the_change_between_them_is_gradual():
    parts = [lambda cut: torch.zeros_like(cut), lambda cut: torch.ones_like(cut)]
    made = by_windows(parts, torch.zeros(24), [0, 8], 16, axis=0)
    assert (made[:8] == 0).all() and (made[16:] == 1).all()
    assert (made.diff() >= 0).all() and made.diff().max() < 0.15
