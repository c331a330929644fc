"""Cached cross-attention: diffusers' own output, and when an output is constant."""

import pytest
import torch
from diffusers.models.attention_processor import Attention

from espnet2.gen_audio.accel.cached_cross_attention import (
    CachedCrossAttention,
    constant_row,
)
from espnet2.gen_audio.condition.condition import Condition


@pytest.fixture
def layer():
    torch.manual_seed(0)
    layer = Attention(query_dim=8, cross_attention_dim=6, heads=2, dim_head=4)
    return layer.double().eval().requires_grad_(False)


def condition(rows, length, counted):
    mask = torch.zeros(rows, length, dtype=torch.bool)
    mask[:, :counted] = True
    return Condition(torch.randn(rows, length, 6, dtype=torch.float64), mask)


def plain(layer, states, given):
    bias = torch.zeros(given.mask.shape).masked_fill(~given.mask, float("-inf"))
    return layer(states, given.embedding, attention_mask=bias[:, None].double())


@pytest.mark.parametrize("counted", [5, 3])
def test_it_adds_the_output_of_diffusers(layer, counted):
    given, states = condition(2, 5, counted), torch.randn(2, 7, 8).double()
    cached = CachedCrossAttention(layer, given, None)
    other = torch.randn_like(states)
    wanted = other + plain(layer, states, given)
    torch.testing.assert_close(cached(states, other), wanted)
    assert (cached.mask is None) == (counted == 5)


@pytest.mark.parametrize("null_is", ["one token", "zeros", "equal tokens"])
def test_a_condition_of_equal_positions_has_one_output_for_every_query(layer, null_is):
    null = condition(2, 4, 4)
    null.embedding[:] = null.embedding[0, 0] * (null_is != "zeros")
    if null_is == "one token":
        null = Condition(null.embedding[:, :1], null.mask[:, :1])
    given, states = condition(2, 5, 5), torch.randn(4, 7, 8).double()
    cached = CachedCrossAttention(layer, given, constant_row(null))
    other = torch.randn_like(states)
    wanted = [plain(layer, states[:2], given), plain(layer, states[2:], null)]
    torch.testing.assert_close(cached(states, other), other + torch.cat(wanted))


def test_padding_does_not_make_a_constant_condition_another():
    null = condition(3, 4, 1)
    null.embedding[:, :1] = 0.5
    assert constant_row(null) is not None


def test_positions_or_rows_that_differ_have_no_constant_output():
    null = condition(2, 3, 3)
    assert constant_row(null) is None
    null.embedding[:] = 1.0
    assert constant_row(null) is not None
    null.embedding[1] = 2.0
    assert constant_row(null) is None
