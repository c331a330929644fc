"""Masks: how many patches are kept, which ones, and that they return to places."""

import pytest
import torch

from espnet2.gen_audio.audiomae.masking import fixed_noise, mask_of


def test_the_patches_with_least_noise_are_kept():
    mask = mask_of(torch.tensor([[0.9, 0.1, 0.5, 0.3]]), 0.5)
    assert mask.kept.tolist() == [[1, 3]]
    assert mask.hidden.tolist() == [[True, False, True, False]]


@pytest.mark.parametrize(("ratio", "kept"), [(0.8, 102), (0.75, 128), (0.5, 256)])
def test_the_share_that_is_kept_is_rounded_down(ratio, kept):
    mask = mask_of(torch.rand(3, 512), ratio)
    assert mask.kept.shape == (3, kept)
    assert mask.hidden.sum(dim=1).tolist() == [512 - kept] * 3


def test_kept_patches_return_to_their_places_and_fillers_fill_the_rest():
    patches = torch.randn(2, 10, 3)
    mask = mask_of(torch.rand(2, 10), 0.6)
    filler = torch.full((1, 1, 3), 7.0)
    restored = mask.put_back(mask.keep(patches), filler)
    expected = torch.where(mask.hidden.unsqueeze(2), filler, patches)
    assert torch.equal(restored, expected)


@pytest.mark.parametrize("ratio", [0.0, 0.95, 1.0, -1.0])
def test_hiding_all_or_none_is_refused(ratio):
    with pytest.raises(ValueError, match="mask ratio"):
        mask_of(torch.rand(1, 10), ratio)


def test_noise_of_an_id_does_not_depend_on_its_batch():
    both = fixed_noise(["a", "b"], 6)
    assert torch.equal(both[1], fixed_noise(["b"], 6)[0])
    assert not torch.equal(both[0], both[1])
