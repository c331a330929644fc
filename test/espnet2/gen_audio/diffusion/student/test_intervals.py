"""Intervals: ascending, of no length as often as wished, and steps of sampling."""

import pytest
import torch

from espnet2.gen_audio.diffusion.student.intervals import draw_intervals


def drawn(p_instant=0.0, p_grid=0.0, rows=4000, last=0.9):
    torch.manual_seed(0)
    return draw_intervals(rows, last, p_instant, p_grid, (1, 2, 4))


def test_times_ascend_and_fill_the_axis():
    found = drawn()
    assert (found.low <= found.middle).all() and (found.middle <= found.high).all()
    assert found.low.min() < 0.01 and 0.89 < found.high.max() <= 0.9
    assert not found.instant.any()


def test_as_many_intervals_as_wished_have_no_length():
    found = drawn(p_instant=0.3, p_grid=0.5)
    assert found.instant.float().mean().item() == pytest.approx(0.3, abs=0.03)
    assert torch.equal(found.middle[found.instant], found.high[found.instant])


def test_steps_of_sampling_are_drawn_as_often_as_wished():
    found = drawn(p_grid=1.0)
    spans = ((found.high - found.low) / 0.9).round(decimals=4)
    shares = [(spans == span).float().mean().item() for span in (1.0, 0.5, 0.25)]
    assert shares == pytest.approx([1 / 3] * 3, abs=0.03)
    quarters = (found.high[spans == 0.25] / 0.9).round(decimals=4).unique()
    assert quarters.tolist() == pytest.approx([0.25, 0.5, 0.75, 1.0])


def test_the_same_seed_draws_the_same_intervals_on_another_device_too():
    again = drawn(0.5, 0.5).to("cpu")
    assert torch.equal(drawn(0.5, 0.5).middle, again.middle)
