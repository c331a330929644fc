"""A loss that is not finite is reported with the clips that have it."""

import torch

from espnet2.gen_audio.diffusion.finite_loss import not_finite

LOSS = torch.tensor([1.0, float("nan"), 2.0, float("inf")])


def test_clips_are_named_by_their_ids_or_by_their_place():
    assert "for ['b', 'd']; look at their latents" in not_finite(LOSS, list("abcd"))
    assert "clips [1, 3] of the batch" in not_finite(LOSS, None)


def test_finite_losses_have_no_message():
    assert not_finite(LOSS[:1], ["a"]) is None
