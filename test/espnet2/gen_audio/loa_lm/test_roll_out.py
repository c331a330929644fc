"""The roll-out layer by layer: transformers' own numbers."""

import pytest
import torch
from transformers import GPT2Config, GPT2Model

from espnet2.gen_audio import onednn
from espnet2.gen_audio.loa_lm import roll_out as module
from espnet2.gen_audio.loa_lm.roll_out import RollOut, lay_out


@pytest.fixture
def gpt2():
    torch.manual_seed(0)
    config = GPT2Config(vocab_size=1, n_positions=32, n_embd=16, n_layer=3, n_head=4)
    return GPT2Model(config).double().eval().requires_grad_(False)


@torch.no_grad()
@pytest.mark.parametrize("padded", [False, True])
def test_positions_read_in_turn_give_what_transformers_gives_at_once(gpt2, padded):
    inputs = torch.randn(2, 9, 16).double()
    mask = torch.ones(2, 9, dtype=torch.bool)
    mask[1, 3:5] = not padded
    positions = (mask.cumsum(dim=1) - 1).clamp(min=0)
    wanted = gpt2(
        inputs_embeds=inputs, attention_mask=mask.long(), position_ids=positions
    ).last_hidden_state
    roll_out, parts = RollOut(gpt2, 2, 9, torch.float64), []
    for first, last in ((0, 5), (5, 6), (6, 9)):
        new = slice(first, last)
        parts.append(roll_out(inputs[:, new], positions[:, new], mask[:, :last]))
    got = torch.cat(parts, dim=1)
    assert (got - wanted)[mask].abs().max() < 1e-12


@torch.no_grad()
def test_a_second_roll_out_begins_empty(gpt2):
    inputs, positions = torch.randn(1, 4, 16).double(), torch.arange(4)[None]
    mask = torch.ones(1, 4, dtype=torch.bool)
    first = RollOut(gpt2, 1, 4, torch.float64)(inputs, positions, mask)
    second = RollOut(gpt2, 1, 4, torch.float64)(inputs, positions, mask)
    assert torch.equal(first, second)


@torch.no_grad()
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
def test_laid_out_weights_keep_their_numbers_and_give_the_same_states(gpt2, dtype):
    inputs, positions = torch.randn(2, 5, 16).to(dtype), torch.arange(5).expand(2, 5)
    gpt2 = gpt2.to(dtype)
    before = {name: values.clone() for name, values in gpt2.state_dict().items()}
    wanted = gpt2(inputs_embeds=inputs).last_hidden_state
    lay_out(gpt2)
    after = gpt2.state_dict()
    assert all(torch.equal(values, after[name]) for name, values in before.items())
    mask = torch.ones(2, 5, dtype=torch.bool)
    roll_out = RollOut(gpt2, 2, 5, dtype)
    first = roll_out(inputs[:, :4], positions[:, :4], mask[:, :4])
    got = torch.cat([first, roll_out(inputs[:, 4:], positions[:, 4:], mask)], dim=1)
    assert (got - wanted).abs().max() < 60 * torch.finfo(dtype).eps


@pytest.fixture
def first_layer(gpt2, monkeypatch):
    """Return a function: how many positions oneDNN has read, after the first layer."""
    read = []

    def linear(states, *_):
        read.append(states.shape[0] * states.shape[1])
        return states.new_zeros(48)

    def call(rows=1, positions=1, mkl_is_slow=True, mkl=True):
        read.clear()
        monkeypatch.setattr(onednn, "mkl_is_slow", lambda: mkl_is_slow)
        monkeypatch.setattr(torch.backends.mkl, "is_available", lambda: mkl)
        layer = gpt2.h[0].attn.c_attn
        with torch.no_grad():
            module._apply(layer, torch.randn(rows, positions, 16).to(layer.weight))
        return sum(read)

    monkeypatch.setattr(onednn, "LINEAR", linear)
    return call


def test_only_laid_out_weights_of_single_precision_go_to_onednn(gpt2, first_layer):
    gpt2.float()
    assert first_layer() == 0
    lay_out(gpt2)
    assert first_layer() == 1
    gpt2.double()
    assert first_layer() == 0


def test_few_positions_at_once_are_left_to_mkl_where_it_is_fast(gpt2, first_layer):
    lay_out(gpt2.float())
    assert first_layer(3, 1, mkl_is_slow=False) == 0
    assert first_layer(2, 2, mkl_is_slow=False) == 4
    assert first_layer(3, 1, mkl_is_slow=True) == 3
    assert first_layer(3, 1, mkl_is_slow=False, mkl=False) == 3
