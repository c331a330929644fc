"""Weights of a published encoder from a file that the user has; tensors only."""

from collections.abc import Collection, Mapping
from pathlib import Path

import torch

from espnet2.gen_audio.files.tensor_file import load_tensors

Shapes = Mapping[str, tuple[int, ...]]


def read_weights(
    path: Path, shapes: Shapes, unused: Collection[str] = ()
) -> dict[str, torch.Tensor]:
    """Read the tensors of a network and refuse those of another one.

    Args:
        path: File of ``torch.save`` or safetensors; tensors may be under ``model``.
        shapes: Shape of every tensor that the network needs, by name.
        unused: Names that the file may have too and that are not needed.

    Returns:
        The needed tensors in float32, by name.

    Raises:
        ValueError: If a name is missing, unknown or of another shape.
    """
    found = load_tensors(path)
    if isinstance(found.get("model"), dict):
        found = found["model"]
    missing = [name for name in shapes if name not in found]
    extra = [name for name in found if name not in shapes and name not in unused]
    other = [
        f"{name} {tuple(getattr(found[name], 'shape', ()))}, not {shape}"
        for name, shape in shapes.items()
        if name in found and tuple(getattr(found[name], "shape", ())) != shape
    ]
    if missing or extra or other:
        reasons = [
            f"{word} {', '.join(names[:3])} ({len(names)} in all)"
            for word, names in (
                ("it lacks", missing),
                ("it has the unknown", extra),
                ("of another shape:", other),
            )
            if names
        ]
        raise ValueError(f"{path} has other weights: {'; '.join(reasons)}")
    return {name: found[name].float() for name in shapes}
