"""Write weights as safetensors; count and digest weights."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

import torch

from espnet2.gen_audio.files.atomic_file import atomic_path


def write_tensors(state: Mapping[str, torch.Tensor], path: Path) -> None:
    """Write a safetensors file; it is complete or absent.

    Args:
        state: Tensors by name.
        path: File to write.
    """
    from safetensors.torch import save_file

    seen: set[int] = set()
    own = {}
    for name, tensor in state.items():
        tensor = tensor.detach().contiguous()
        place = tensor.untyped_storage().data_ptr()
        # safetensors refuses tensors that share memory
        own[name] = tensor.clone() if place in seen else tensor
        seen.add(place)
    with atomic_path(path) as temporary:
        save_file(own, temporary, metadata={"format": "pt"})


def count(state: Mapping[str, torch.Tensor]) -> tuple[int, int]:
    """Return the number of tensors and of their elements."""
    return len(state), sum(tensor.numel() for tensor in state.values())


def digest(state: Mapping[str, torch.Tensor]) -> str:
    """Return the sha256 of names, types, shapes and values, for any file format.

    Args:
        state: Tensors by name.

    Returns:
        64 hexadecimal digits.
    """
    total = hashlib.sha256()
    for name in sorted(state):
        tensor = state[name].detach().contiguous()
        total.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}\n".encode())
        total.update(tensor.reshape(-1).view(torch.uint8).numpy())
    return total.hexdigest()
