"""Find the state of a network inside the file that a trainer wrote around it."""

from collections.abc import Mapping
from typing import Any

import torch

# keys of the state in files of Lightning and CLAP, of HiFi-GAN, and of AudioMAE
_PLACES = ("state_dict", "generator", "model")
_WRAPPERS = (
    "_orig_mod.",
    "module.",
)  # prefixes by torch.compile and by data parallelism


def plain_state(
    loaded: Mapping[str, Any], source: str
) -> tuple[dict[str, torch.Tensor], list[str]]:
    """Return the tensors of a loaded file, without a trainer's other entries.

    Args:
        loaded: The file's dictionary: a state, or one that holds a state.
        source: Name of the file, for messages.

    Returns:
        Tensors by name, and a note that lists the other entries, if there are any.

    Raises:
        ValueError: If there is no state in it, or something in it is no tensor.
    """
    place = next((p for p in _PLACES if isinstance(loaded.get(p), Mapping)), None)
    state = loaded if place is None else loaded[place]
    _refuse_others(state, source)
    for wrapper in _WRAPPERS:
        if all(name.startswith(wrapper) for name in state):
            state = {n.removeprefix(wrapper): tensor for n, tensor in state.items()}
    return dict(state), _beside(loaded, place)


def _refuse_others(state: Mapping[str, Any], source: str) -> None:
    """Refuse a state that is empty or holds anything but tensors."""
    odd = [
        name
        for name, tensor in state.items()
        if not (isinstance(name, str) and isinstance(tensor, torch.Tensor))
    ]
    if state and not odd:
        return
    found = f"{odd[0]!r} of type {type(state[odd[0]]).__name__}" if odd else "nothing"
    raise ValueError(
        f"{source} holds {found} where tensors by name are needed; give a "
        "checkpoint of AudioLDM 2, or a state dict"
    )


def _beside(loaded: Mapping[str, Any], place: str | None) -> list[str]:
    """Return a note that lists the entries beside the state of a file."""
    others = [] if place is None else [str(name) for name in loaded if name != place]
    return [f"beside the weights, left out: {', '.join(others)}"] if others else []
