"""Refusals of sizes; those of a whole U-Net are in test_unet."""

import pytest

from espnet2.gen_audio.diffusion.backbone.unet_sizes import (
    head_dims_of,
    refuse_both,
    refuse_levels,
    refuse_widths,
)


def test_only_levels_with_attention_and_the_last_must_divide_into_heads():
    refuse_widths([32, 64], [False, True], [24, 32], 8)
    with pytest.raises(ValueError, match="width 64 of level 1 .*head_dim 24"):
        refuse_widths([32, 64], [False, False], [32, 24], 8)
    with pytest.raises(ValueError, match="width 36 of level 0 .*norm_num_groups 8"):
        refuse_widths([36, 64], [False, True], [32, 32], 8)


def test_heads_are_counted_by_level_or_follow_from_their_size():
    assert head_dims_of([32, 64], None, 16) == [16, 16]
    assert head_dims_of([32, 64], [2, 16], 16) == [16, 4]


def test_a_list_needs_one_value_a_level():
    refuse_levels([32, 64], "heads", [1, 2])
    with pytest.raises(ValueError, match="heads .1. has 1 entries"):
        refuse_levels([32, 64], "heads", [1])


def test_the_transformers_of_two_layouts_exclude_each_other():
    refuse_both(None, True)
    with pytest.raises(ValueError, match="choose one"):
        refuse_both(8, True)
