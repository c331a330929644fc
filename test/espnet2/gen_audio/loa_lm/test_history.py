"""The model's own past in training: where it begins, and what stands in it."""

import torch

from espnet2.gen_audio.loa_lm.history import P_FROM_START, own_past

TRUE = torch.randn(400, 10, 3, generator=torch.Generator().manual_seed(0))


def pasts(p_own, batches=20):
    """Return histories in which a prediction is 7 everywhere, and what was heard."""
    torch.manual_seed(1)
    heard = []

    def predict(history):
        heard.append(history)
        return torch.full_like(history, 7.0)

    return [own_past(predict, TRUE, p_own) for _ in range(batches)], heard


def test_without_chance_the_past_is_the_truth():
    assert all(torch.equal(past, TRUE) for past in pasts(0.0)[0])


def test_a_past_is_true_up_to_a_place_and_of_one_kind_from_there_on():
    for past in pasts(1.0)[0]:
        true = (past == TRUE).all(dim=2)
        assert not (~true[:, :-1] & true[:, 1:]).any()  # never true again
        own = past[~true]
        assert (own == own[0, 0]).all() and own[0, 0] in (0.0, 7.0)


def test_both_kinds_of_past_occur_and_most_begin_at_the_start():
    histories, heard = pasts(1.0)
    kinds = [past[:, -1, 0].eq(7.0).all().item() for past in histories]
    assert 4 < sum(kinds) < 16
    assert len(heard) == sum(kinds)
    whole = torch.stack([(past != TRUE).all(dim=2)[:, 0] for past in histories])
    # places are drawn from the beginning on, too: a tenth of the rest
    expected = P_FROM_START + (1 - P_FROM_START) / TRUE.shape[1]
    assert abs(whole.float().mean() - expected) < 0.02


def test_the_share_of_clips_follows_the_chance():
    touched = torch.stack([(p != TRUE).any(dim=(1, 2)) for p in pasts(0.4)[0]])
    assert abs(touched.float().mean() - 0.4) < 0.02


def test_what_is_heard_before_a_prediction_holds_no_truth_that_is_lost():
    histories, heard = pasts(1.0)
    own = [past for past in histories if past[:, -1, 0].eq(7.0).all()]
    for past, blank in zip(own, heard):
        lost = (past != TRUE).all(dim=2)
        assert torch.equal(blank[lost], torch.zeros_like(blank[lost]))
        assert torch.equal(blank[~lost], TRUE[~lost])


def test_no_gradient_goes_through_the_first_pass():
    weight = torch.ones((), requires_grad=True)
    torch.manual_seed(3)
    for _ in range(8):
        assert not own_past(lambda past: past + weight, TRUE, 1.0).requires_grad
