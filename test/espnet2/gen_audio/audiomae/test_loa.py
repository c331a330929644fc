"""LOA pooling: the two poolings, the order of the grid, and what it refuses."""

import pytest
import torch

from espnet2.gen_audio.audiomae.loa import draw_factor, pool_patches, pool_to_tokens
from espnet2.gen_audio.feats.clip import ClipGeometry


def test_one_token_is_the_midpoint_of_mean_and_max():
    patches = torch.tensor([[[0.0], [2.0], [4.0], [6.0]]])  # (1, 4, 1)
    loa = pool_patches(patches, grid=(2, 2), factors=(2, 2))
    torch.testing.assert_close(loa, torch.tensor([[[4.5]]]))  # (3 + 6) / 2


def test_time_runs_before_frequency_in_the_output():
    patches = torch.arange(8.0).view(1, 8, 1)  # a 4 x 2 grid, time-major
    loa = pool_patches(patches, grid=(4, 2), factors=(2, 1))
    torch.testing.assert_close(loa.flatten(), torch.tensor([1.5, 2.5, 5.5, 6.5]))


def test_factor_one_changes_nothing():
    patches = torch.randn(2, 12, 5)
    assert torch.equal(pool_patches(patches, (6, 2), (1, 1)), patches)


@pytest.mark.parametrize(
    ("factor", "tokens"), [(1, 512), (2, 128), (4, 32), (8, 8), (16, 4), (64, 1)]
)
def test_published_factors_give_the_published_number_of_tokens(factor, tokens):
    geometry = ClipGeometry()
    factors = geometry.pool_factors(factor)
    assert pool_patches(torch.zeros(1, 512, 2), (64, 8), factors).shape[1] == tokens


def test_a_class_token_left_in_is_refused_by_name():
    with pytest.raises(ValueError, match="class token"):
        pool_patches(torch.zeros(1, 513, 4), grid=(64, 8), factors=(8, 8))


@pytest.mark.parametrize("factors", [(3, 8), (8, 5), (0, 1)])
def test_factors_that_leave_a_remainder_are_refused(factors):
    with pytest.raises(ValueError, match="must divide"):
        pool_patches(torch.zeros(1, 512, 4), grid=(64, 8), factors=factors)


def test_every_factor_is_drawn_and_no_other():
    generator = torch.Generator().manual_seed(0)
    drawn = [draw_factor([1, 2, 8], generator) for _ in range(90)]
    assert all(15 < drawn.count(factor) < 45 for factor in (1, 2, 8))
    assert set(drawn) == {1, 2, 8}


def test_nothing_to_draw_from_is_refused():
    with pytest.raises(ValueError, match="pooling factors"):
        draw_factor([])


def test_patches_of_a_clip_are_pooled_and_tokens_stay_as_they_are():
    geometry = ClipGeometry(seconds=2.56, downsample=8)  # 16 x 8 patches
    patches = torch.randn(2, 128, 4)
    tokens = pool_to_tokens(patches, geometry, 4)
    assert torch.equal(tokens, pool_patches(patches, (16, 8), (4, 4)))
    assert pool_to_tokens(tokens, geometry, 4) is tokens
    with pytest.raises(ValueError, match="LOA of 32 tokens.*128 patches or 8 tokens"):
        pool_to_tokens(torch.zeros(2, 32, 4), geometry, 4)
