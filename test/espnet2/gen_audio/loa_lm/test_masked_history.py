"""Masked history: how often there is a prefix, and zeros behind it."""

import torch

from espnet2.gen_audio.loa_lm.masked_history import mask_history

TRUE = torch.randn(3, 10, 2, generator=torch.Generator().manual_seed(0))


def places(p_prefix, batches=2000):
    torch.manual_seed(1)
    return torch.tensor([mask_history(TRUE, p_prefix)[1] for _ in range(batches)])


def test_without_a_prefix_all_is_masked():
    history, place = mask_history(TRUE, 0.0)
    assert place == 0 and not history.any()


def test_prefixes_are_as_frequent_as_their_probability():
    assert abs((places(0.4) > 0).float().mean() - 0.4) < 0.04


def test_a_prefix_has_any_length_and_leaves_something_to_predict():
    assert set(places(1.0).tolist()) == set(range(1, 10))


def test_the_prefix_is_true_and_the_rest_zero():
    torch.manual_seed(1)
    for _ in range(20):
        history, place = mask_history(TRUE, 1.0)
        assert torch.equal(history[:, :place], TRUE[:, :place])
        assert not history[:, place:].any()


def test_a_single_vector_has_no_prefix():
    torch.manual_seed(1)
    assert {mask_history(TRUE[:, :1], 1.0)[1] for _ in range(20)} == {0}
