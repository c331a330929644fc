"""Which clips lose their condition: rate, extremes, seed."""

import pytest
import torch

from espnet2.gen_audio.condition.dropout import draw_keep


def test_the_share_of_kept_clips_is_one_minus_the_probability():
    kept = draw_keep(20000, 0.3, torch.Generator().manual_seed(0))
    # the standard error is 0.0032
    assert kept.float().mean().item() == pytest.approx(0.7, abs=0.015)


def test_every_clip_has_a_draw_of_its_own():
    kept = draw_keep(64, 0.5, torch.Generator().manual_seed(0))
    assert 0 < int(kept.sum()) < 64


def test_zero_keeps_all_and_one_keeps_none():
    assert draw_keep(1000, 0.0).all()
    assert not draw_keep(1000, 1.0).any()


def test_a_seed_decides_the_draw():
    draws = [draw_keep(64, 0.5, torch.Generator().manual_seed(s)) for s in (1, 1, 2)]
    assert torch.equal(draws[0], draws[1])
    assert not torch.equal(draws[0], draws[2])


def test_an_impossible_probability_is_refused():
    with pytest.raises(ValueError, match="1.5"):
        draw_keep(2, 1.5)
