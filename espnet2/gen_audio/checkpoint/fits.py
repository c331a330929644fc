"""Check imported tensors against the model of their config, before they are used.

The model is built without memory (on torch's meta device), so that a whole published
system is checked within seconds.
"""

import importlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch

from espnet2.gen_audio.checkpoint.experiment import BUILDERS

State = Mapping[str, torch.Tensor]


def refuse_misfits(
    model: torch.nn.Module,
    state: State,
    what: str,
    absent: Sequence[str] = (),
    origins: Mapping[str, str] | None = None,
) -> None:
    """Refuse a state of which a tensor is missing, extra or misshapen.

    Args:
        model: Model that the state is for; only its names and shapes are read.
        state: Tensors by the model's names.
        what: File and network, for the message.
        absent: Prefixes of names, or names, that the state need not have.
        origins: Names in the file by names in the state, for the message.

    Raises:
        ValueError: If it does not fit; names the first such tensor.
    """
    called = dict(origins or {})
    own = {name: tuple(tensor.shape) for name, tensor in model.state_dict().items()}
    faults = [
        f"tensor {called.get(name, name)} {tuple(state[name].shape)} should be {shape}"
        for name, shape in own.items()
        if name in state and tuple(state[name].shape) != shape
    ]
    faults += [
        f"tensor {name} {shape} is missing"
        for name, shape in own.items()
        if name not in state and not _below(name, absent)
    ]
    faults += [
        f"tensor {called.get(name, name)} {tuple(state[name].shape)} has no place in a "
        "network of its sizes"
        for name in state
        if name not in own
    ]
    if faults:
        more = f" ({len(faults) - 1} more do not fit)" if faults[1:] else ""
        raise ValueError(f"{what}: {faults[0]}{more}; give an unchanged checkpoint")


def refuse_misfits_of_part(
    config: Mapping[str, Any],
    state: State,
    what: str,
    origins: Mapping[str, str] | None = None,
) -> None:
    """Refuse a state that does not fit ``build_<part>`` of its config.

    Args:
        config: Config of a net; ``absent_weights`` may be missing.
        state: Tensors by the names of the built model.
        what: File and network, for the message.
        origins: Names in the file by names in the state, for the message.

    Raises:
        ValueError: If it does not fit; names the first such tensor.
    """
    module, function = BUILDERS[config["part"]].split(":")
    build = getattr(importlib.import_module(module), function)
    absent = config.get("absent_weights") or ()
    refuse_misfits(without_memory(build, config), state, what, absent, origins)


def without_memory(build: Callable[..., torch.nn.Module], *args: Any) -> Any:
    """Build a model whose tensors have shapes and no numbers, where that can be done.

    Args:
        build: What makes the model.
        *args: Its arguments.

    Returns:
        The model.
    """
    try:
        with torch.device("meta"):
            return build(*args)
    except RuntimeError:
        # CLAP of older transformers asks for numbers while it is built
        return build(*args)


def sizes(infer: Callable[..., Any], state: State, what: str, *args: Any) -> Any:
    """Read sizes from tensors; say which tensor is missing where one is needed.

    Args:
        infer: Function of the state that returns sizes.
        state: Tensors by name.
        what: File and network, for the message.
        *args: Further arguments of ``infer``.

    Returns:
        What ``infer`` returns.

    Raises:
        ValueError: If a tensor that has a size is missing.
    """
    try:
        return infer(state, *args)
    except KeyError as error:
        missing = f"tensor {error.args[0]}"
        if not isinstance(error.args[0], str):
            missing = "a tensor that tells its sizes"
        raise ValueError(
            f"{what}: {missing} is missing; give an unchanged checkpoint"
        ) from error
    except (IndexError, StopIteration) as error:
        raise ValueError(
            f"{what}: its tensors are of no known form, so its sizes cannot be read; "
            "give an unchanged checkpoint"
        ) from error


def _below(name: str, prefixes: Sequence[str]) -> bool:
    return any(name == prefix or name.startswith(f"{prefix}.") for prefix in prefixes)
