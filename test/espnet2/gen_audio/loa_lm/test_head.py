"""The published head: the hidden state itself, without weights or draws."""

import torch

from espnet2.gen_audio.loa_lm.head import RegressionHead


def test_the_hidden_state_is_mean_and_generation_whatever_the_noise():
    head, hidden = RegressionHead(4), torch.randn(2, 3, 4)
    assert head.mean_of(hidden) is hidden
    assert head.sample(hidden, torch.randn(2, 3, 4)) is hidden
    assert not head.samples and head.loss(hidden, hidden) is None


def test_it_has_no_tensors_and_draws_nothing_when_it_is_built():
    state = torch.get_rng_state()
    assert RegressionHead(4).state_dict() == {}
    assert torch.equal(torch.get_rng_state(), state)
