"""Blocks: parity with PyTorch's layer, and what windows let through."""

import pytest
import torch

from espnet2.gen_audio.audiomae.transformer import Attention, Block, WindowBlock

GRID = (8, 4)


def same_as_torch(block, width, heads):
    layer = torch.nn.TransformerEncoderLayer(
        width,
        heads,
        dim_feedforward=4 * width,
        dropout=0.0,
        activation="gelu",
        layer_norm_eps=1e-6,
        batch_first=True,
        norm_first=True,
    )
    names = {
        "self_attn.in_proj_weight": block.attn.qkv.weight,
        "self_attn.in_proj_bias": block.attn.qkv.bias,
        "self_attn.out_proj.weight": block.attn.proj.weight,
        "self_attn.out_proj.bias": block.attn.proj.bias,
        "linear1.weight": block.mlp.fc1.weight,
        "linear1.bias": block.mlp.fc1.bias,
        "linear2.weight": block.mlp.fc2.weight,
        "linear2.bias": block.mlp.fc2.bias,
    }
    for norm in ("norm1", "norm2"):
        names[f"{norm}.weight"] = getattr(block, norm).weight
        names[f"{norm}.bias"] = getattr(block, norm).bias
    layer.load_state_dict(names)
    return layer


def touched(block, place):
    """Return which patches a change of one patch reaches."""
    tokens = torch.randn(1, GRID[0] * GRID[1], 8)
    changed = tokens.clone()
    changed[0, place] = torch.randn(8)
    with torch.no_grad():
        moved = (block(tokens) - block(changed)).abs().amax(dim=2)[0] > 1e-7
    return {divmod(n, GRID[1]) for n in moved.nonzero().flatten().tolist()}


def test_a_block_equals_pytorchs_pre_norm_layer():
    torch.manual_seed(0)
    block = Block(16, 4)
    tokens = torch.randn(2, 5, 16)
    expected = same_as_torch(block, 16, 4)(tokens)
    torch.testing.assert_close(block(tokens), expected, rtol=0, atol=1e-5)


def test_a_change_stays_within_its_window():
    block = WindowBlock(8, 2, GRID)
    window = {(t, f) for t in range(4) for f in range(4)}
    assert touched(block, place=0) == window


def test_shifted_windows_cross_the_border_but_not_the_end_of_the_clip():
    block = WindowBlock(8, 2, GRID, shift=(2, 0))
    middle = {(t, f) for t in range(2, 6) for f in range(4)}
    assert touched(block, place=2 * GRID[1]) == middle
    first = {(t, f) for t in range(2) for f in range(4)}
    assert touched(block, place=0) == first  # and not the last two rows


def test_a_window_block_over_one_window_is_a_plain_block():
    torch.manual_seed(0)
    windowed = WindowBlock(8, 2, (4, 4))
    plain = Block(8, 2)
    plain.load_state_dict(windowed.state_dict())
    tokens = torch.randn(3, 16, 8)
    torch.testing.assert_close(windowed(tokens), plain(tokens))


def test_a_grid_that_windows_do_not_fill_is_refused():
    with pytest.raises(ValueError, match="do not fill a grid"):
        WindowBlock(8, 2, (6, 4))


def test_heads_that_do_not_divide_the_width_are_refused():
    with pytest.raises(ValueError, match="3 heads"):
        Attention(8, 3)
