"""Cached decoding of GPT-2: transformers' own numbers."""

import pytest
import torch
from transformers import GPT2Config, GPT2Model

from espnet2.gen_audio.accel import cached_gpt2, onednn
from espnet2.gen_audio.accel.cached_gpt2 import (
    CachedGPT2,
    transpose_weights,
)
from espnet2.gen_audio.accel.prepare import prepare
from espnet2.gen_audio.condition.condition import Condition
from espnet2.gen_audio.loa_lm.lm import LOALanguageModel
from espnet2.gen_audio.loa_lm.masked_history import MaskedHistoryLanguageModel


@pytest.fixture
def gpt2():
    torch.manual_seed(0)
    config = GPT2Config(vocab_size=1, n_positions=32, n_embd=16, n_layer=3, n_head=4)
    return GPT2Model(config).double().eval().requires_grad_(False)


@torch.no_grad()
@pytest.mark.parametrize("padded", [False, True])
def test_positions_given_in_turn_have_the_states_that_transformers_gives_at_once(
    gpt2, padded
):
    inputs = torch.randn(2, 9, 16).double()
    mask = torch.ones(2, 9, dtype=torch.bool)
    mask[1, 3:5] = not padded
    positions = (mask.cumsum(dim=1) - 1).clamp(min=0)
    wanted = gpt2(
        inputs_embeds=inputs, attention_mask=mask.long(), position_ids=positions
    ).last_hidden_state
    cached, parts = CachedGPT2(gpt2, 2, 9, torch.float64), []
    for first, last in ((0, 5), (5, 6), (6, 9)):
        new = slice(first, last)
        parts.append(cached(inputs[:, new], positions[:, new], mask[:, :last]))
    got = torch.cat(parts, dim=1)
    assert (got - wanted)[mask].abs().max() < 1e-12


@torch.no_grad()
def test_a_second_sequence_begins_with_an_empty_cache(gpt2):
    inputs, positions = torch.randn(1, 4, 16).double(), torch.arange(4)[None]
    mask = torch.ones(1, 4, dtype=torch.bool)
    first = CachedGPT2(gpt2, 1, 4, torch.float64)(inputs, positions, mask)
    second = CachedGPT2(gpt2, 1, 4, torch.float64)(inputs, positions, mask)
    assert torch.equal(first, second)


@torch.no_grad()
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
def test_transposed_weights_keep_their_values_and_give_the_same_states(gpt2, dtype):
    inputs, positions = torch.randn(2, 5, 16).to(dtype), torch.arange(5).expand(2, 5)
    gpt2 = gpt2.to(dtype)
    before = {name: values.clone() for name, values in gpt2.state_dict().items()}
    wanted = gpt2(inputs_embeds=inputs).last_hidden_state
    transpose_weights(gpt2)
    after = gpt2.state_dict()
    assert all(torch.equal(values, after[name]) for name, values in before.items())
    mask = torch.ones(2, 5, dtype=torch.bool)
    cached = CachedGPT2(gpt2, 2, 5, dtype)
    first = cached(inputs[:, :4], positions[:, :4], mask[:, :4])
    got = torch.cat([first, cached(inputs[:, 4:], positions[:, 4:], mask)], dim=1)
    assert (got - wanted).abs().max() < 60 * torch.finfo(dtype).eps


@pytest.fixture
def first_layer(gpt2, monkeypatch):
    """Return a function that counts positions given to oneDNN by the first layer."""
    given = []

    def linear(states, *_):
        given.append(states.shape[0] * states.shape[1])
        return states.new_zeros(48)

    def call(rows=1, positions=1, mkl_is_slow=True, mkl=True):
        given.clear()
        monkeypatch.setattr(onednn, "mkl_is_slow", lambda: mkl_is_slow)
        monkeypatch.setattr(torch.backends.mkl, "is_available", lambda: mkl)
        layer = gpt2.h[0].attn.c_attn
        with torch.no_grad():
            cached_gpt2._linear(
                layer, torch.randn(rows, positions, 16).to(layer.weight)
            )
        return sum(given)

    monkeypatch.setattr(onednn, "LINEAR", linear)
    return call


def test_only_transposed_weights_of_single_precision_go_to_onednn(gpt2, first_layer):
    gpt2.float()
    assert first_layer() == 0
    transpose_weights(gpt2)
    assert first_layer() == 1
    gpt2.double()
    assert first_layer() == 0


def test_few_positions_at_once_are_left_to_mkl_where_it_is_fast(gpt2, first_layer):
    transpose_weights(gpt2.float())
    assert first_layer(3, 1, mkl_is_slow=False) == 0
    assert first_layer(2, 2, mkl_is_slow=False) == 4
    assert first_layer(3, 1, mkl_is_slow=True) == 3
    assert first_layer(3, 1, mkl_is_slow=False, mkl=False) == 3


def model_of(build=LOALanguageModel, **options):
    torch.manual_seed(0)
    settings = {"max_positions": 32, "vocab_size": 1, **options}
    model = build(16, 2, 4, {"sentence": 3, "tokens": 5}, **settings)
    for weight in model.parameters():
        # GPT-2's own start is so small that wrong positions hardly show
        torch.nn.init.normal_(weight, std=0.2)
    return model.eval()


def conditions():
    draw = torch.randn(3, 8, 5, generator=torch.Generator().manual_seed(1))
    lengths = torch.tensor([7, 2, 4])
    return {
        "sentence": Condition.from_lengths(draw[:, :1, :3]),
        "tokens": Condition.from_lengths(draw[:, 1:], lengths),
    }


@torch.no_grad()
@pytest.mark.parametrize("lengths", [None, {"tokens": 11}])
@pytest.mark.parametrize("loa_start", [None, 20])
@pytest.mark.parametrize("padding", ["strip", "official"])
def test_a_prepared_model_generates_what_the_plain_one_does(
    loa_start, padding, lengths
):
    options = {
        "loa_start": loa_start,
        "padding": padding,
        "condition_lengths": lengths,
    }
    plain, fast = model_of(**options), model_of(**options)
    prepare(fast)
    wanted = plain.generate(conditions(), 6)
    assert wanted.shape == (3, 6, 16) and wanted.std() > 0.1
    for prefix in (None, wanted[:, :2]):
        got = fast.generate(conditions(), 6, prefix)
        assert (got - wanted).abs().max() < 1e-5


@torch.no_grad()
def test_a_masked_history_stays_masked_in_a_prepared_model():
    plain, fast = (model_of(MaskedHistoryLanguageModel) for _ in "ab")
    prepare(fast)
    assert not fast.gpt2.h[0].attn.c_attn.weight.is_contiguous()  # oneDNN's order
    wanted = plain.generate(conditions(), 6)
    for prefix in (None, wanted[:, :2]):
        wanted = plain.generate(conditions(), 6, prefix)
        assert (fast.generate(conditions(), 6, prefix) - wanted).abs().max() < 1e-5


def test_gradients_of_a_prepared_model_are_those_of_the_plain_one():
    plain, fast = model_of(), model_of()
    prepare(fast)
    for model in (plain, fast):
        model.generate(conditions(), 4).square().sum().backward()
    wanted = {name: p.grad for name, p in plain.named_parameters()}
    for name, weight in fast.named_parameters():
        torch.testing.assert_close(weight.grad, wanted[name], rtol=1e-4, atol=1e-4)


@torch.no_grad()
def test_without_a_cache_a_prepared_model_takes_the_plain_way(monkeypatch):
    model = model_of()
    prepare(model)
    monkeypatch.setattr(cached_gpt2, "CachedGPT2", None)
    assert model.generate(conditions(), 3, use_cache=False).shape == (3, 3, 16)


@torch.no_grad()
def test_a_prepared_model_with_a_flow_head_samples_what_the_plain_one_does():
    flow = {"head": "flow", "head_conf": {"inner": 8, "steps": 2}}
    plain, fast, noise = model_of(**flow), model_of(**flow), torch.randn(3, 6, 16)
    prepare(fast)
    wanted = plain.generate(conditions(), 6, noise=noise)
    for prefix in (None, wanted[:, :2]):
        got = fast.generate(conditions(), 6, prefix, noise=noise)
        assert (got - wanted).abs().max() < 1e-4
    assert (fast.generate(conditions(), 6, noise=-noise) - wanted).abs().max() > 1e-2
