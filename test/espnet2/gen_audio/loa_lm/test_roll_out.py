"""The roll-out layer by layer: transformers' own numbers."""

import pytest
import torch
from transformers import GPT2Config, GPT2Model

from espnet2.gen_audio.loa_lm.roll_out import RollOut


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
