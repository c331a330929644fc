"""Random weights for a table of shapes, of a size that keeps every branch alive."""

import math

import torch


def draw(shapes, seed, dtype=torch.float32):
    """Kernels of the size of their inputs, norms near 1, everything else small."""
    generator = torch.Generator().manual_seed(seed)

    def normal(shape):
        return torch.randn(shape, generator=generator, dtype=torch.float64)

    state = {}
    for name, shape in shapes.items():
        if len(shape) == 1:
            is_norm = name.endswith((".weight", ".gamma"))
            state[name] = 0.1 * normal(shape) + (1.0 if is_norm else 0.0)
        else:
            # a transposed convolution and GPT-2 have their inputs first
            first = name.startswith("ups.") or ".c_" in name
            inputs = shape[0] if first else math.prod(shape[1:])
            scale = 0.3 if "emb" in name.split(".")[-2:][0] else inputs**-0.5
            state[name] = scale * normal(shape)
    return {name: tensor.to(dtype) for name, tensor in state.items()}


def difference(ours, reference):
    """Return the largest difference relative to the reference's peak."""
    assert ours.shape == reference.shape
    assert torch.isfinite(reference).all()
    return float((ours - reference).abs().max() / reference.abs().max())


BOUNDS = {torch.float32: 1e-5, torch.float64: 1e-12}
