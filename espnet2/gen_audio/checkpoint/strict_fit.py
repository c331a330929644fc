"""Check weights against a model: none missing, none extra, shapes equal, values finite.

All readers of weights use it before a tensor is copied into a model: experiments,
converted folders, archives, official files, folders of diffusers, ``--init_from``,
``--finetune_from``, a resumed training, and ``build_model_from_file``.
"""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import torch

from espnet2.gen_audio.parts import record_of

State = Mapping[str, torch.Tensor]
_SHOWN = 8  # names per kind of fault in a message; the log has all of them


def refuse_misfit(
    expected: State,
    given: State,
    source: object,
    absent: Sequence[str] = (),
    remedy: str = "give an unchanged checkpoint",
    origins: Mapping[str, str] | None = None,
    values: Iterable[tuple[str, torch.Tensor]] | None = None,
) -> None:
    """Refuse weights if one is missing, extra, misshapen or not finite.

    Args:
        expected: The model's state; only names and shapes are read.
        given: Weights by the model's names.
        source: Where they came from, for the message.
        absent: Names, or prefixes of names, that the weights may lack.
        remedy: What to do, for the message.
        origins: Names in the file by names in ``given``, for the message.
        values: The tensors to check for values that are not finite; those of ``given``
            if None. A memory-mapped file is read once more for this check, tensor by
            tensor, so that the file does not stay in memory.

    Raises:
        ValueError: If they do not fit; lists the names, and both shapes of each.
    """
    called = {**{name: name for name in given}, **(origins or {})}
    faults = _structural_faults(expected, given, absent, called)
    if not any(faults.values()):
        found = given.items() if values is None else values
        faults["not finite"] = [called.get(n, n) for n, t in found if not is_finite(t)]
    listed = [_listed(sort, names, source) for sort, names in faults.items() if names]
    if listed:
        raise ValueError(
            f"{source} does not fit its model: {'; '.join(listed)}; {remedy}"
        )


def _structural_faults(
    expected: State, given: State, absent: Sequence[str], called: Mapping[str, str]
) -> dict[str, list[str]]:
    """Compare names and shapes; return the names at fault by kind of fault."""
    return {
        "missing": [
            f"{name} {tuple(weight.shape)}"
            for name, weight in expected.items()
            if name not in given and not is_below(name, absent)
        ],
        "extra": [
            f"{called[name]} {_shape(given[name])}"
            for name in given.keys() - expected.keys()
        ],
        "misshapen": [
            f"{called[name]} {_shape(given[name])}, not {tuple(weight.shape)}"
            for name, weight in expected.items()
            if name in given and _shape(given[name]) != str(tuple(weight.shape))
        ],
    }


def refuse_misfit_of_part(
    config: Mapping[str, Any],
    given: State,
    source: object,
    origins: Mapping[str, str] | None = None,
    values: Iterable[tuple[str, torch.Tensor]] | None = None,
) -> None:
    """Refuse weights that do not fit the model of a part's config.

    The model is built without memory, so that a whole published system is checked
    within seconds.

    Args:
        config: Config of the part; weights that its ``absent_weights`` names may be
            missing.
        given: Weights by the names of the built model.
        source: File and network, for the message.
        origins: Names in the file by names in ``given``, for the message.
        values: See ``refuse_misfit``.

    Raises:
        ValueError: If they do not fit.
    """
    model = without_memory(record_of(config, source).load_builder(), config)
    absent = config.get("absent_weights") or ()
    refuse_misfit(
        model.state_dict(), given, source, absent, origins=origins, values=values
    )


def without_memory(build: Callable[..., torch.nn.Module], *args: Any) -> Any:
    """Build a model on torch's meta device (shapes without values), where possible.

    Args:
        build: Function that returns the model.
        *args: Its arguments.

    Returns:
        The model.
    """
    try:
        with torch.device("meta"):
            return build(*args)
    except RuntimeError:
        # CLAP of older transformers reads values while it is built
        return build(*args)


def is_finite(tensor: torch.Tensor) -> bool:
    """Tell whether a tensor holds neither NaN nor infinity.

    Args:
        tensor: Of any shape and type; integers are always finite.

    Returns:
        False if one of its numbers is not finite.
    """
    if not tensor.is_floating_point() or not tensor.numel() or tensor.is_meta:
        return True
    if tensor.element_size() == 1:  # torch has no minimum of 8-bit floats
        tensor = tensor.float()
    # minimum and maximum are NaN if any value is; no mask of this size is allocated
    return bool(torch.stack(torch.aminmax(tensor.detach())).isfinite().all())


def is_below(name: str, prefixes: Iterable[str]) -> bool:
    """Return whether a dotted name is one of some prefixes, or below one of them.

    Args:
        name: Name of a weight, for example ``ema.decay``.
        prefixes: Names of weights or modules, without a last dot.

    Returns:
        True if it is.
    """
    return any(f"{name}.".startswith(f"{prefix}.") for prefix in prefixes)


def _shape(value: Any) -> str:
    """Return the shape of a tensor as text; the type of anything else."""
    if isinstance(value, torch.Tensor):
        return str(tuple(value.shape))
    return f"of type {type(value).__name__}"


def _listed(sort: str, names: Sequence[str], source: object) -> str:
    """Return a fault with its first names; if there are more, log all of them."""
    names = sorted(names)
    if len(names) <= _SHOWN:
        return f"{sort}: {', '.join(names)}"
    logging.error("%s, %s: %s", source, sort, ", ".join(names))
    shown = ", ".join(names[:_SHOWN])
    return f"{sort}: {shown} and {len(names) - _SHOWN} more, which the log lists"
