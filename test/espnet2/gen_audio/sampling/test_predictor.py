"""The plain predictor: the network on the guidance batch."""

import pytest
import torch

from espnet2.gen_audio.condition.condition import Condition
from espnet2.gen_audio.sampling.predictor import PlainPredictor

NOISY, STEP = torch.randn(2, 1, 4, 4), torch.tensor([7, 7])


def condition(value, length=2):
    return {"text": Condition.from_lengths(torch.full((2, length, 3), float(value)))}


def network(noisy, step, conditions):
    """Stand in for a U-Net: add the mean of what is attended to, and the step."""
    text = conditions["text"]
    total = (text.embedding * text.mask[:, :, None]).sum(dim=(1, 2))
    mean = total / text.lengths / text.embedding.shape[2]
    return noisy + mean[:, None, None, None] + step[:, None, None, None]


def test_without_guidance_it_is_the_network():
    got = PlainPredictor(network, condition(5))(NOISY, STEP)
    torch.testing.assert_close(got, NOISY + 12)


def test_the_conditional_half_stands_before_the_null_half():
    predict = PlainPredictor(network, condition(5), condition(1, length=4))
    conditional, null = predict(NOISY, STEP).chunk(2)
    torch.testing.assert_close(conditional, NOISY + 12)
    torch.testing.assert_close(null, NOISY + 8)


def test_it_keeps_no_features_and_says_so():
    with pytest.raises(ValueError, match="plain function reuses no.*prepare"):
        PlainPredictor(network, condition(5))(NOISY, STEP, reuse=True)
