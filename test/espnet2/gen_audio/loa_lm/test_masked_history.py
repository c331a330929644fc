"""The model with a masked history: its inputs, one pass, the vectors of a prefix."""

import pytest
import torch

from espnet2.gen_audio.condition.condition import Condition
from espnet2.gen_audio.loa_lm.lm import LOALanguageModel
from espnet2.gen_audio.loa_lm.masked_history import MaskedHistoryLanguageModel

TRUE = torch.randn(3, 10, 16, generator=torch.Generator().manual_seed(0))


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(0)
    settings = {"dropout": 0.1, "max_positions": 32, "vocab_size": 1}
    model = MaskedHistoryLanguageModel(16, 2, 4, {"tokens": 5}, **settings).eval()
    for weight in model.parameters():
        # GPT-2's own start is so small that wrong positions hardly show
        torch.nn.init.normal_(weight, std=0.2)
    return model


@pytest.fixture(scope="module")
def given():
    states = torch.randn(3, 7, 5, generator=torch.Generator().manual_seed(1))
    return {"tokens": Condition.from_lengths(states, torch.tensor([7, 2, 4]))}


def drawn(p_prefix, batches=2000, training=True, true=TRUE):
    """Return inputs and lengths of prefixes of many batches."""
    model = MaskedHistoryLanguageModel(
        16, 1, 2, {"tokens": 5}, 32, vocab_size=1, p_prefix=p_prefix
    ).train(training)
    torch.manual_seed(1)
    return [model.training_inputs(true) for _ in range(batches)]


@pytest.mark.parametrize(("p_prefix", "training"), [(0.0, True), (1.0, False)])
def test_without_a_prefix_and_in_validation_all_is_masked(p_prefix, training):
    for inputs, length in drawn(p_prefix, 20, training):
        assert length == 0 and inputs.shape == TRUE.shape and not inputs.any()


def test_prefixes_are_as_frequent_as_their_probability():
    lengths = torch.tensor([length for _, length in drawn(0.4)])
    assert abs((lengths > 0).float().mean() - 0.4) < 0.04


def test_a_prefix_has_any_length_and_leaves_something_to_predict():
    assert {length for _, length in drawn(1.0)} == set(range(1, 10))


def test_the_prefix_is_true_and_the_rest_zero():
    for inputs, length in drawn(1.0, 20):
        assert torch.equal(inputs[:, :length], TRUE[:, :length])
        assert not inputs[:, length:].any()


def test_a_single_vector_has_no_prefix():
    assert {length for _, length in drawn(1.0, 20, true=TRUE[:, :1])} == {0}


def test_a_probability_out_of_range_is_refused():
    with pytest.raises(ValueError, match="p_prefix 1.5"):
        drawn(1.5)


@torch.no_grad()
def test_it_uses_conditions_and_prefix_alone(model, given):
    true = TRUE[:, :6]
    without = model.generate(given, 6)
    assert torch.equal(without, model(given, torch.zeros_like(true)))
    continued = model.generate(given, 6, prefix=true[:, :2])
    assert torch.equal(continued[:, :2], true[:, :2])
    assert (continued[:, 2:] - without[:, 2:]).abs().max() > 0.01
    masked = torch.cat([true[:, :2], torch.zeros_like(true[:, 2:])], dim=1)
    assert torch.equal(continued[:, 2:], model(given, masked)[:, 2:])


@torch.no_grad()
def test_a_clip_does_not_depend_on_its_batch_mates(model, given):
    together = model.generate(given, 6)
    for index, length in enumerate(given["tokens"].lengths.tolist()):
        states = given["tokens"].embedding[index : index + 1, :length]
        alone = model.generate({"tokens": Condition.from_lengths(states)}, 6)
        assert (alone[0] - together[index]).abs().max() < 1e-5


def test_its_weights_have_the_names_and_shapes_of_the_published_model(model):
    published = LOALanguageModel(16, 2, 4, {"tokens": 5}, 32, vocab_size=1)
    shapes = [
        {name: weight.shape for name, weight in each.state_dict().items()}
        for each in (model, published)
    ]
    assert shapes[0] == shapes[1]
