"""GPT-2's generation, the phoneme encoder and AudioMAE as plain functions.

States have official names. Written from the descriptions of AudioLDM 2
(arXiv:2308.05734), GPT-2, VITS (arXiv:2106.06103) and AudioMAE (arXiv:2207.06405);
nothing of transformers or of the plugin is used.
"""

import math

import torch
import torch.nn.functional as f
from official_unet import count, linear

LOWEST = -1e4  # not infinity: a row of pads alone must stay finite


def generate(state, conditions, length, head=64):
    """Predict LOA vectors one by one, the whole sequence anew each time.

    ``conditions`` is a list of states (B, n, D) and masks (B, n). Pads stay inside the
    sequence and count as positions, as in the authors' code.
    """
    rows, masks = [], []
    for n, (states, mask) in enumerate(conditions):
        one = mask.new_ones(len(mask), 1)
        start = state["start_of_sequence_tokens.weight"][n].expand(len(mask), 1, -1)
        end = state["end_of_sequence_tokens.weight"][n].expand(len(mask), 1, -1)
        rows += [start, linear(state, f"input_sequence_embed_linear.{n}", states), end]
        masks += [one, mask, one]
    x, mask = torch.cat(rows, dim=1), torch.cat(masks, dim=1)
    given = x.shape[1]
    for _ in range(length):
        following = gpt2(state, x, mask, head)[:, -1:]
        x = torch.cat([x, following], dim=1)
        mask = torch.cat([mask, mask.new_ones(len(mask), 1)], dim=1)
    return x[:, given:]


def gpt2(state, x, mask, head):
    """Return the hidden states behind the last layer norm, (B, N, D)."""
    s = {name.removeprefix("model."): t for name, t in state.items()}
    length, heads = x.shape[1], max(x.shape[2] // head, 1)
    seen = torch.ones(length, length).tril().bool() & mask[:, None].bool()
    x = x + s["wpe.weight"][:length]
    for n in range(count(s, "h")):
        name = f"h.{n}"
        h = right(s, f"{name}.attn.c_attn", norm(s, f"{name}.ln_1", x))
        q, k, v = (
            part.unflatten(2, (heads, -1)).transpose(1, 2) for part in h.chunk(3, 2)
        )
        scores = q @ k.transpose(2, 3) / math.sqrt(q.shape[3])
        scores = scores.masked_fill(~seen[:, None], LOWEST)
        h = (scores.softmax(dim=3) @ v).transpose(1, 2).flatten(2)
        x = x + right(s, f"{name}.attn.c_proj", h)
        h = right(s, f"{name}.mlp.c_fc", norm(s, f"{name}.ln_2", x))
        x = x + right(s, f"{name}.mlp.c_proj", f.gelu(h, approximate="tanh"))
    return norm(s, "ln_f", x)


def right(state, name, x):
    """GPT-2 multiplies from the right."""
    return x @ state[f"{name}.weight"] + state[f"{name}.bias"]


def norm(state, name, x, eps=1e-5):
    weight, bias = state[f"{name}.weight"], state[f"{name}.bias"]
    return f.layer_norm(x, x.shape[-1:], weight, bias, eps)


def phonemes(state, ids, lengths, heads=2):
    """Return the states of phoneme ids (B, N), with the table added, (B, N, D)."""
    s = {name.removeprefix("text_encoder."): t for name, t in state.items()}
    width = s["emb.weight"].shape[1]
    mask = torch.arange(ids.shape[1])[None] < lengths[:, None]
    keep = mask[:, None].to(s["emb.weight"].dtype)
    x = s["emb.weight"][ids].transpose(1, 2) * math.sqrt(width) * keep
    for n in range(count(s, "encoder.attn_layers")):
        y = relative_attention(s, f"encoder.attn_layers.{n}", x, mask, heads)
        x = channel_norm(s, f"encoder.norm_layers_1.{n}", x + y)
        name = f"encoder.ffn_layers.{n}"
        y = same(
            s, f"{name}.conv_2", f.relu(same(s, f"{name}.conv_1", x * keep)) * keep
        )
        x = channel_norm(s, f"encoder.norm_layers_2.{n}", x + y * keep)
    table = s["learnable_positional_embedding"][:, :, : ids.shape[1]]
    return (x * keep + table).transpose(1, 2), mask


def relative_attention(s, name, x, mask, heads):
    """Attend with embeddings of the relative position for keys and for values."""
    q, k, v = (
        same(s, f"{name}.conv_{n}", x).unflatten(1, (heads, -1)).transpose(2, 3)
        for n in "qkv"
    )
    size, length = q.shape[3], q.shape[2]
    window = s[f"{name}.emb_rel_k"].shape[1] // 2
    away = torch.arange(length)[None] - torch.arange(length)[:, None]  # to - from
    near = away.abs() <= window
    place = (away + window).clamp(0, 2 * window)
    keys = s[f"{name}.emb_rel_k"][0][place] * near[..., None]  # (from, to, size)
    values = s[f"{name}.emb_rel_v"][0][place] * near[..., None]
    q = q / math.sqrt(size)
    scores = q @ k.transpose(2, 3) + torch.einsum("bhfd,ftd->bhft", q, keys)
    seen = mask[:, None, :, None] & mask[:, None, None]
    weights = scores.masked_fill(~seen, LOWEST).softmax(dim=3)
    mixed = weights @ v + torch.einsum("bhft,ftd->bhfd", weights, values)
    return same(s, f"{name}.conv_o", mixed.transpose(2, 3).flatten(1, 2))


def same(s, name, x):
    weight = s[f"{name}.weight"]
    return f.conv1d(x, weight, s[f"{name}.bias"], padding=weight.shape[2] // 2)


def channel_norm(s, name, x):
    gamma, beta = s[f"{name}.gamma"], s[f"{name}.beta"]
    return f.layer_norm(x.transpose(1, 2), gamma.shape, gamma, beta).transpose(1, 2)


def audiomae(state, fbank, layers=3, head=64):
    """Return the mean of the last blocks, each normed, without the class token."""
    name = "patch_embed.proj"
    kernel = state[f"{name}.weight"]
    patches = f.conv2d(fbank[:, None], kernel, state[f"{name}.bias"], kernel.shape[2])
    x = patches.flatten(2).transpose(1, 2) + state["pos_embed"][:, 1:]
    first = state["cls_token"] + state["pos_embed"][:, :1]
    x = torch.cat([first.expand(len(x), -1, -1), x], dim=1)
    heads, blocks, kept = max(x.shape[2] // head, 1), count(state, "blocks"), []
    for n in range(blocks):
        b = f"blocks.{n}"
        h = linear(state, f"{b}.attn.qkv", norm(state, f"{b}.norm1", x, 1e-6))
        q, k, v = (
            part.unflatten(2, (heads, -1)).transpose(1, 2) for part in h.chunk(3, 2)
        )
        weights = (q @ k.transpose(2, 3) / math.sqrt(q.shape[3])).softmax(dim=3)
        h = (weights @ v).transpose(1, 2).flatten(2)
        x = x + linear(state, f"{b}.attn.proj", h)
        h = f.gelu(linear(state, f"{b}.mlp.fc1", norm(state, f"{b}.norm2", x, 1e-6)))
        x = x + linear(state, f"{b}.mlp.fc2", h)
        if n >= blocks - layers:
            kept.append(norm(state, "norm", x, 1e-6))
    return torch.stack(kept).mean(dim=0)[:, 1:]
