"""What is heard of the past: how often a prefix, from where on blanks."""

import torch

from espnet2.gen_audio.loa_lm.history import hidden_past

TRUE = torch.randn(3, 10, 2, generator=torch.Generator().manual_seed(0))


def places(p_prefix, batches=2000):
    torch.manual_seed(1)
    return torch.tensor([hidden_past(TRUE, p_prefix)[1] for _ in range(batches)])


def test_without_chance_nothing_is_heard():
    heard, place = hidden_past(TRUE, 0.0)
    assert place == 0 and not heard.any()


def test_the_share_of_batches_with_a_prefix_follows_the_chance():
    assert abs((places(0.4) > 0).float().mean() - 0.4) < 0.04


def test_a_prefix_has_any_length_and_leaves_something_to_say():
    assert set(places(1.0).tolist()) == set(range(1, 10))


def test_the_prefix_is_true_and_the_rest_blank():
    torch.manual_seed(1)
    for _ in range(20):
        heard, place = hidden_past(TRUE, 1.0)
        assert torch.equal(heard[:, :place], TRUE[:, :place])
        assert not heard[:, place:].any()


def test_a_single_vector_has_no_prefix():
    torch.manual_seed(1)
    assert {hidden_past(TRUE[:, :1], 1.0)[1] for _ in range(20)} == {0}
