"""The official U-Net as plain functions of a state under its official names.

It walks the flat list of blocks as the authors' network does: whatever stands at a
place decides what is done there. The k-th transformer of a position attends to the k-th
condition. Written from the description of AudioLDM 2 (arXiv:2308.05734) and latent
diffusion (arXiv:2112.10752); nothing of diffusers or of the plugin is used.
"""

import math

import torch
import torch.nn.functional as f

HEAD = 32  # features of a head, so that wider levels have more heads


def forward(state, x, step, conditions, film=None, heads=None):
    """Predict the noise.

    ``conditions`` has one entry a transformer of a position: None for itself, or states
    (B, n, D) with their mask (B, n). ``heads`` forces a number of heads at all levels.
    """
    time = embed(state, step)
    if film is not None:
        time = torch.cat([time, linear(state, "film_emb", film)], dim=1)
    walk = Walk(state, time, conditions, heads)
    kept = []
    for n in range(count(state, "input_blocks")):
        x = walk(f"input_blocks.{n}", x)
        kept.append(x)
    x = walk("middle_block", x)
    for n in range(count(state, "output_blocks")):
        x = walk(f"output_blocks.{n}", torch.cat([x, kept.pop()], dim=1))
    return conv(state, "out.2", f.silu(group(state, "out.0", x, 1e-5)))


class Walk:
    """Go through the children of one block."""

    def __init__(self, state, time, conditions, heads):
        self.state, self.time, self.conditions = state, time, conditions
        self.heads = heads

    def __call__(self, block, x):
        for child in range(count(self.state, block)):
            name = f"{block}.{child}"
            if f"{name}.op.weight" in self.state:
                x = conv(self.state, f"{name}.op", x, stride=2)
            elif f"{name}.conv.weight" in self.state:
                x = f.interpolate(x, scale_factor=2, mode="nearest")
                x = conv(self.state, f"{name}.conv", x)
            elif f"{name}.in_layers.0.weight" in self.state:
                x = self.residual(name, x)
            elif f"{name}.proj_in.weight" in self.state:
                x = self.transformer(name, x, self.conditions[child - 1])
            else:
                x = conv(self.state, name, x)
        return x

    def residual(self, name, x):
        s = self.state
        h = conv(s, f"{name}.in_layers.2", f.silu(group(s, f"{name}.in_layers.0", x)))
        h = h + linear(s, f"{name}.emb_layers.1", f.silu(self.time))[:, :, None, None]
        h = f.silu(group(s, f"{name}.out_layers.0", h))
        h = conv(s, f"{name}.out_layers.3", h)
        if f"{name}.skip_connection.weight" in s:
            x = conv(s, f"{name}.skip_connection", x)
        return x + h

    def transformer(self, name, x, condition):
        s = self.state
        h = conv(s, f"{name}.proj_in", group(s, f"{name}.norm", x, 1e-6))
        h = h.flatten(2).transpose(1, 2)  # time is the slow axis
        for d in range(count(s, f"{name}.transformer_blocks")):
            h = self.block(f"{name}.transformer_blocks.{d}", h, condition)
        h = h.transpose(1, 2).reshape(x.shape)
        return x + conv(s, f"{name}.proj_out", h)

    def block(self, name, x, condition):
        s = self.state
        own = layer(s, f"{name}.norm1", x)
        x = x + self.attend(f"{name}.attn1", own, own, None)
        query = layer(s, f"{name}.norm2", x)
        states, mask = (query, None) if condition is None else condition
        x = x + self.attend(f"{name}.attn2", query, states, mask)
        hidden = linear(s, f"{name}.ff.net.0.proj", layer(s, f"{name}.norm3", x))
        value, gate = hidden.chunk(2, dim=-1)
        return x + linear(s, f"{name}.ff.net.2", value * f.gelu(gate))

    def attend(self, name, x, states, mask):
        s = self.state
        heads = self.heads or x.shape[2] // HEAD
        q = linear(s, f"{name}.to_q", x).unflatten(2, (heads, -1)).transpose(1, 2)
        k = linear(s, f"{name}.to_k", states).unflatten(2, (heads, -1)).transpose(1, 2)
        v = linear(s, f"{name}.to_v", states).unflatten(2, (heads, -1)).transpose(1, 2)
        scores = q @ k.transpose(2, 3) / math.sqrt(q.shape[3])
        if mask is not None:
            lowest = -torch.finfo(scores.dtype).max
            scores = scores.masked_fill(~mask[:, None, None], lowest)
        mixed = (scores.softmax(dim=3) @ v).transpose(1, 2).flatten(2)
        return linear(s, f"{name}.to_out.0", mixed)


def embed(state, step):
    """Turn steps into sinusoids, cosines first, and those into the time embedding."""
    half = state["time_embed.0.weight"].shape[1] // 2
    # in single precision whatever the weights are, as the authors' network does it
    rate = torch.exp(-math.log(10000) * torch.arange(half, dtype=torch.float32) / half)
    angle = step[:, None].float() * rate[None]
    wave = torch.cat([angle.cos(), angle.sin()], dim=1)
    wave = wave.to(state["time_embed.0.weight"].dtype)
    return linear(state, "time_embed.2", f.silu(linear(state, "time_embed.0", wave)))


def count(state, prefix):
    """Return the number of numbered children."""
    lead = f"{prefix}."
    rests = [name[len(lead) :] for name in state if name.startswith(lead)]
    return 1 + max(int(rest.split(".")[0]) for rest in rests)


def conv(state, name, x, stride=1):
    weight = state[f"{name}.weight"]
    padding = weight.shape[3] // 2
    return f.conv2d(x, weight, state[f"{name}.bias"], stride, padding)


def linear(state, name, x):
    return f.linear(x, state[f"{name}.weight"], state.get(f"{name}.bias"))


def group(state, name, x, eps=1e-5):
    weight, bias = state[f"{name}.weight"], state[f"{name}.bias"]
    return f.group_norm(x, 32, weight, bias, eps)


def layer(state, name, x):
    weight, bias = state[f"{name}.weight"], state[f"{name}.bias"]
    return f.layer_norm(x, x.shape[-1:], weight, bias, 1e-5)
