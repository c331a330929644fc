"""The weights of one component of a folder: one file or several, safe formats first."""

from pathlib import Path
from typing import Any

import torch

from espnet2.gen_audio.files.plain_json import read_json
from espnet2.gen_audio.files.tensor_file import load_tensors

# stems of weight files, in diffusers and in transformers
_STEMS = ("diffusion_pytorch_model", "model", "pytorch_model")


def read_weights(folder: Path) -> dict[str, torch.Tensor]:
    """Read the weights of one component.

    Args:
        folder: With ``diffusion_pytorch_model`` or ``model`` files; a variant such as
            fp16 is read if there is no other file.

    Returns:
        Tensors by name.

    Raises:
        FileNotFoundError: If there are no weights, or a shard is missing.
        ValueError: If the list of shards is not valid, or a file is damaged.
    """
    for index in sorted(folder.glob("*.index.json")):
        files = read_json(index).get("weight_map")
        if not _is_text(files):
            raise ValueError(
                f"{index} has no weight_map of tensors and files; download the folder "
                "again"
            )
        files = sorted(set(files.values()))
        missing = [name for name in files if not (folder / name).is_file()]
        if missing:
            raise FileNotFoundError(
                f"{folder / missing[0]} does not exist, but {index.name} names it; "
                "download the folder again"
            )
        state: dict[str, torch.Tensor] = {}
        for name in files:
            state |= load_tensors(folder / name)
        return state
    for end in (".safetensors", ".bin"):
        found = [path for stem in _STEMS for path in folder.glob(f"{stem}*{end}")]
        if found:
            return load_tensors(min(found, key=lambda path: len(path.name)))
    raise FileNotFoundError(
        f"{folder} has no weights ({_STEMS[0]}.safetensors, {_STEMS[1]}.safetensors or "
        ".bin); download the folder again, or remove this part of it"
    )


def _is_text(files: Any) -> bool:
    """Tell whether a weight_map names files beside it."""
    names = files.values() if isinstance(files, dict) else [None]
    return all(isinstance(name, str) and Path(name).name == name for name in names)
