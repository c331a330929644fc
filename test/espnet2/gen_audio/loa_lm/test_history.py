"""The model's own past in training: how often, from where on, and what stands in it."""

import torch

from espnet2.gen_audio.loa_lm.history import P_FROM_START, own_past

TRUE = torch.randn(3, 10, 2, generator=torch.Generator().manual_seed(0))


def roll_out(prefix):
    """Go on from a beginning with sevens."""
    return torch.cat([prefix, torch.full_like(TRUE[:, prefix.shape[1] :], 7.0)], dim=1)


def places(p_own, batches=2000):
    """Return how much of each batch's past is true."""
    torch.manual_seed(1)
    pasts = [own_past(roll_out, TRUE, p_own) for _ in range(batches)]
    true = torch.stack([(past == TRUE).all(dim=2).sum(dim=1) for past in pasts])
    assert (true == true[:, :1]).all()  # the same place for the whole batch
    return true[:, 0]


def test_without_chance_the_past_is_the_truth():
    assert (places(0.0) == 10).all()


def test_the_share_of_batches_follows_the_chance():
    assert abs((places(0.4) < 10).float().mean() - 0.4) < 0.04


def test_most_pasts_are_lost_from_the_start_and_the_others_from_anywhere():
    true = places(1.0)
    assert abs((true == 0).float().mean() - P_FROM_START) < 0.04
    assert set(true.tolist()) == set(range(10))


def test_a_past_is_true_up_to_its_place_and_the_models_own_behind():
    torch.manual_seed(1)
    for _ in range(20):
        past = own_past(roll_out, TRUE, 1.0)
        place = int((past == TRUE).all(dim=2)[0].sum())
        assert torch.equal(past, roll_out(TRUE[:, :place]))


def test_a_single_token_has_no_prefix_to_keep():
    torch.manual_seed(1)
    heard = []
    for _ in range(20):
        own_past(lambda prefix: heard.append(prefix.shape[1]), TRUE[:, :1], 1.0)
    assert set(heard) == {0}


def test_no_gradient_goes_through_the_roll_out():
    weight = torch.ones((), requires_grad=True)
    past = own_past(lambda prefix: TRUE * weight, TRUE, 1.0)
    assert not past.requires_grad
