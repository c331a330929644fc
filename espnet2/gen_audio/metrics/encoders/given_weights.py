"""Weights of a published encoder from a file that the user has; tensors only."""

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

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
    reasons = {
        "it lacks": [name for name in shapes if name not in found],
        "it has the unknown": [n for n in found if n not in {*shapes, *unused}],
        "of another shape:": list(_misshapen(found, shapes)),
    }
    faults = [
        f"{word} {', '.join(names[:3])} ({len(names)} in all)"
        for word, names in reasons.items()
        if names
    ]
    if faults:
        raise ValueError(f"{path} has other weights: {'; '.join(faults)}")
    return {name: found[name].float() for name in shapes}


def _misshapen(found: Mapping[str, Any], shapes: Shapes) -> Iterator[str]:
    for name, shape in shapes.items():
        own = tuple(getattr(found.get(name), "shape", ()))
        if name in found and own != shape:
            yield f"{name} {own}, not {shape}"
