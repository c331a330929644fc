"""CLAP and the T5 encoder as plain functions of a state with the official names.

Written from the papers (HTS-AT arXiv:2202.00874, Swin arXiv:2103.14030, RoBERTa
arXiv:1907.11692, T5 arXiv:1910.10683); no transformers. Features of a RoBERTa head: 64.
"""

import math

import torch
from torch.nn import functional as f


def linear(state, name, x):
    return f.linear(x, state[f"{name}.weight"], state.get(f"{name}.bias"))


def layer_norm(state, name, x):
    return f.layer_norm(x, x.shape[-1:], state[f"{name}.weight"], state[f"{name}.bias"])


def attend(q, k, v, heads, bias=0.0, scale=True):
    """Multi-head attention of (..., N, D) tensors."""
    q, k, v = (x.unflatten(-1, (heads, -1)).transpose(-2, -3) for x in (q, k, v))
    scores = q @ k.transpose(-1, -2)
    if scale:
        scores = scores / math.sqrt(q.shape[-1])
    return ((scores + bias).softmax(-1) @ v).transpose(-2, -3).flatten(-2)


def project(state, side, x):
    hidden = linear(state, f"{side}_projection.0", x).relu()
    return f.normalize(linear(state, f"{side}_projection.2", hidden), dim=-1)


def clap_text(state, ids, layers=2):
    """Ids without pads, (B, N), to vectors of length 1."""
    name = "text_branch.embeddings"
    places = torch.arange(2, ids.shape[1] + 2)  # RoBERTa counts on from its pad id
    x = state[f"{name}.word_embeddings.weight"][ids]
    x = x + state[f"{name}.position_embeddings.weight"][places]
    x = x + state[f"{name}.token_type_embeddings.weight"][0]
    x = layer_norm(state, f"{name}.LayerNorm", x)
    for n in range(layers):
        layer = f"text_branch.encoder.layer.{n}"
        own = f"{layer}.attention.self"
        q, k, v = (linear(state, f"{own}.{p}", x) for p in ("query", "key", "value"))
        mixed = attend(q, k, v, x.shape[-1] // 64)
        mixed = linear(state, f"{layer}.attention.output.dense", mixed)
        x = layer_norm(state, f"{layer}.attention.output.LayerNorm", x + mixed)
        inner = f.gelu(linear(state, f"{layer}.intermediate.dense", x))
        inner = linear(state, f"{layer}.output.dense", inner)
        x = layer_norm(state, f"{layer}.output.LayerNorm", x + inner)
    first = linear(state, "text_branch.pooler.dense", x[:, 0]).tanh()
    return project(state, "text", first)


def clap_audio(state, mel, depths=(2, 1), heads=(2, 4), window=2):
    """Log mel spectrogram (B, 16 M, M) to vectors of length 1."""
    own = {n[13:]: t for n, t in state.items() if n.startswith("audio_branch.")}
    bn = [own[f"bn0.{n}"] for n in ("running_mean", "running_var", "weight", "bias")]
    x = f.batch_norm(mel.transpose(1, 2), *bn)  # (B, M, T)
    # four stretches of time, one below the other, make the picture square
    x = x.unflatten(2, (4, -1)).transpose(1, 2).flatten(1, 2)
    x = f.conv2d(x[:, None], *(own[f"patch_embed.proj.{p}"] for p in PARTS), stride=4)
    x = layer_norm(own, "patch_embed.norm", x.permute(0, 2, 3, 1))
    for level, depth in enumerate(depths):
        for j in range(depth):
            block = f"layers.{level}.blocks.{j}"
            shift = window // 2 if j % 2 and x.shape[1] > window else 0
            mixed = windows(own, block, x, heads[level], window, shift)
            x = x + linear(own, f"{block}.attn.proj", mixed)
            inner = linear(
                own, f"{block}.mlp.fc1", layer_norm(own, f"{block}.norm2", x)
            )
            x = x + linear(own, f"{block}.mlp.fc2", f.gelu(inner))
        if level + 1 < len(depths):
            down = f"layers.{level}.downsample"
            cells = [(0, 0), (1, 0), (0, 1), (1, 1)]
            x = torch.cat([x[:, a::2, b::2] for a, b in cells], dim=-1)
            x = linear(own, f"{down}.reduction", layer_norm(own, f"{down}.norm", x))
    return project(state, "audio", layer_norm(own, "norm", x).mean(dim=(1, 2)))


PARTS = ("weight", "bias")


def windows(own, block, x, heads, side, shift):
    """Attention within squares of ``side``, moved by ``shift``; cell by cell."""
    normed = layer_norm(own, f"{block}.norm1", x)
    q, k, v = linear(own, f"{block}.attn.qkv", normed).chunk(3, dim=-1)
    table = own[f"{block}.attn.relative_position_bias_table"]
    span, size = 2 * side - 1, x.shape[1]
    mixed = torch.empty_like(x)
    starts = range(-shift, size, side)
    for top in starts:
        for left in starts:
            cells = [
                (a, b)
                for a in range(max(top, 0), min(top + side, size))
                for b in range(max(left, 0), min(left + side, size))
            ]
            if not cells:
                continue
            rows, columns = (list(each) for each in zip(*cells))
            number = [
                [(a - c + side - 1) * span + b - d + side - 1 for c, d in cells]
                for a, b in cells
            ]
            bias = table[torch.tensor(number)].permute(2, 0, 1)
            inside = (part[:, rows, columns] for part in (q, k, v))
            mixed[:, rows, columns] = attend(*inside, heads, bias)
    return mixed


def t5(state, ids, layers=2, heads=2):
    """Ids (B, N), fewer than 8, to states (B, N, D)."""
    x = state["shared.weight"][ids]
    places = torch.arange(ids.shape[1])
    offset = places[None, :] - places[:, None]  # of the key from the query
    # each offset below 8 has a number of its own; those ahead count from 16
    bucket = offset.abs() + 16 * (offset > 0)
    first = "encoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight"
    bias = state[first][bucket].permute(2, 0, 1)
    for n in range(layers):
        own = f"encoder.block.{n}.layer.0"
        normed = rms_norm(state, f"{own}.layer_norm", x)
        q, k, v = (linear(state, f"{own}.SelfAttention.{p}", normed) for p in "qkv")
        mixed = attend(q, k, v, heads, bias, scale=False)
        x = x + linear(state, f"{own}.SelfAttention.o", mixed)
        own = f"encoder.block.{n}.layer.1"
        normed = rms_norm(state, f"{own}.layer_norm", x)
        gate = linear(state, f"{own}.DenseReluDense.wi_0", normed)
        gated = f.gelu(gate, approximate="tanh")
        gated = gated * linear(state, f"{own}.DenseReluDense.wi_1", normed)
        x = x + linear(state, f"{own}.DenseReluDense.wo", gated)
    return rms_norm(state, "encoder.final_layer_norm", x)


def rms_norm(state, name, x):
    return (
        x / (x.square().mean(-1, keepdim=True) + 1e-6).sqrt() * state[f"{name}.weight"]
    )
