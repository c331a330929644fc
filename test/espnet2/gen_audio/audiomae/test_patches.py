"""Patches: their order, and the embedding as a linear map."""

import pytest
import torch

from espnet2.gen_audio.audiomae.patches import PatchEmbedding, patchify


def test_patches_are_time_major_outside_and_inside():
    fbank = torch.arange(16.0).view(1, 4, 4)  # frame f, bin m holds 4 f + m
    patches = patchify(fbank, 2)
    expected = [[0, 1, 4, 5], [2, 3, 6, 7], [8, 9, 12, 13], [10, 11, 14, 15]]
    assert patches[0].tolist() == expected


def test_a_filter_bank_with_a_remainder_is_refused():
    with pytest.raises(ValueError, match="10 x 8 cannot be divided"):
        patchify(torch.zeros(1, 10, 8), 4)


def test_the_embedding_is_a_linear_map_of_the_patches():
    embed = PatchEmbedding(4, 6)
    fbank = torch.randn(2, 12, 8)
    weight = embed.proj.weight.view(6, 16)
    expected = patchify(fbank, 4) @ weight.T + embed.proj.bias
    torch.testing.assert_close(embed(fbank), expected)
