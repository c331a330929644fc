"""LOA sources: what is predicted, what is given, and how both are mixed."""

import pytest
import torch

from espnet2.gen_audio.pipeline.loa_source import PREDICTED, ZERO, LOASource

LOA = torch.ones(1, 2, 3)


def test_loa_that_is_given_in_full_and_zero_loa_need_no_language_model():
    assert not LOASource.of(LOA[0]).is_predicted and not ZERO.is_predicted
    assert LOASource(given=LOA, weight=torch.tensor([[1, 0.5]])).is_predicted
    assert PREDICTED.is_predicted and LOASource(caption="a dog").is_predicted
    full = LOASource(given=LOA, weight=torch.ones(1, 2), continued=True)
    assert full.is_predicted


def test_leading_tokens_of_full_weight_are_the_prefix():
    def length(*weights):
        weight = torch.tensor([weights])
        return LOASource(given=torch.zeros(1, 3, 2), weight=weight).prefix_length

    assert PREDICTED.prefix_length == 0
    assert [length(1.0, 1.0, 0.0), length(0.5, 1.0, 1.0)] == [2, 0]
    assert length(1.0, 1.0, 1.0) == 2  # one token at least is predicted


def test_the_weight_is_that_of_the_given_loa():
    predicted = torch.zeros(1, 2, 3)
    mixed = LOASource(given=LOA, weight=torch.tensor([[1.0, 0.25]])).blended(predicted)
    assert mixed[0, :, 0].tolist() == [1.0, 0.25]
    assert PREDICTED.blended(predicted) is predicted
    weight = torch.ones(1, 2)
    continued = LOASource(given=LOA, weight=weight, continued=True)
    assert continued.blended(predicted) is predicted


def test_given_loa_without_fitting_weights_or_beside_zero_is_refused():
    for weight in (None, torch.ones(1, 5)):
        with pytest.raises(ValueError, match="one weight per token"):
            LOASource(given=LOA, weight=weight)
    with pytest.raises(ValueError, match="zero=True"):
        LOASource(given=LOA, weight=torch.ones(1, 2), zero=True)
