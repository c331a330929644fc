"""AudioMAE's encoder against a vision transformer written out in plain functions.

The reference reads the state dict alone and shares no code with the plugin: patches
by loops, attention by softmax, layers by ``torch.nn.functional``.
"""

import math

import pytest
import torch
from torch.nn import functional as f

from espnet2.gen_audio.audiomae.encoder import AudioMAEEncoder
from espnet2.gen_audio.feats.clip import ClipGeometry

WIDTH, LAYERS, HEADS = 24, 5, 3


def plain_blocks(state, fbank):
    """Yield the tokens after every block, (B, 1 + P, D)."""
    kernel = state["patch_embed.proj.weight"].reshape(WIDTH, 256)
    bias = state["patch_embed.proj.bias"]
    patches = [
        fbank[:, t : t + 16, m : m + 16].reshape(len(fbank), 256) @ kernel.T + bias
        for t in range(0, fbank.shape[1], 16)
        for m in range(0, fbank.shape[2], 16)
    ]
    x = torch.stack(patches, dim=1) + state["pos_embed"][:, 1:]
    first = state["cls_token"] + state["pos_embed"][:, :1]
    x = torch.cat([first.repeat(len(x), 1, 1), x], dim=1)

    def linear(x, name):
        return f.linear(x, state[f"{name}.weight"], state[f"{name}.bias"])

    for n in range(LAYERS):
        y = norm(state, x, f"blocks.{n}.norm1")
        qkv = linear(y, f"blocks.{n}.attn.qkv")
        heads = []
        size = WIDTH // HEADS
        for head in range(HEADS):
            q, k, v = (
                qkv[..., part * WIDTH + head * size : part * WIDTH + (head + 1) * size]
                for part in range(3)
            )
            weights = torch.softmax(q @ k.transpose(1, 2) / math.sqrt(size), dim=-1)
            heads.append(weights @ v)
        x = x + linear(torch.cat(heads, dim=-1), f"blocks.{n}.attn.proj")
        y = norm(state, x, f"blocks.{n}.norm2")
        y = f.gelu(linear(y, f"blocks.{n}.mlp.fc1"))
        x = x + linear(y, f"blocks.{n}.mlp.fc2")
        yield x


def norm(state, x, name):
    return f.layer_norm(
        x, (WIDTH,), state[f"{name}.weight"], state[f"{name}.bias"], eps=1e-6
    )


@pytest.fixture(scope="module")
def case():
    torch.manual_seed(0)
    encoder = AudioMAEEncoder(
        ClipGeometry(seconds=0.64), width=WIDTH, layers=LAYERS, heads=HEADS
    ).eval()
    for weight in encoder.parameters():
        if weight.requires_grad:  # no zero bias and no unit scale hides a mistake
            torch.nn.init.normal_(weight, std=0.2)
    fbank = torch.randn(2, 64, 128)
    return encoder, fbank, list(plain_blocks(encoder.state_dict(), fbank))


def test_the_last_block_agrees(case):
    encoder, fbank, blocks = case
    expected = norm(encoder.state_dict(), blocks[-1], "norm")
    with torch.no_grad():
        torch.testing.assert_close(encoder(fbank), expected, rtol=0, atol=1e-5)


def test_the_features_agree(case):
    encoder, fbank, blocks = case
    normed = [norm(encoder.state_dict(), block, "norm") for block in blocks[-3:]]
    expected = (sum(normed) / 3)[:, 1:]
    with torch.no_grad():
        features = encoder.patch_features(fbank)
    torch.testing.assert_close(features, expected, rtol=0, atol=1e-5)
