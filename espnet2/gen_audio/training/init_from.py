"""Initialise a model from given weights: tensors only, every name and shape checked.

``--init_from FILE[:SRC[:DST]]`` copies the weights of FILE below the prefix SRC to the
names of the model below the prefix DST; both prefixes may be empty. If FILE has a
moving average, the averaged weights are used, as in generation. The model's own average
is not set: it starts from the raw weights at its first update. The head of an alignment
is copied if file and model have one, and ignored otherwise, because it belongs to a
training and not to the part.
"""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch

from espnet2.gen_audio.checkpoint.strict_fit import is_below, refuse_misfit
from espnet2.gen_audio.files.tensor_file import load_tensors

EMA = "ema"  # name of the child that holds a moving average
HEAD = "alignment"  # name of the child that aligns middle features in training
_HEADS = (HEAD, f"ldm.{HEAD}")  # name in a diffusion model and in a joint model
_REMEDY = "choose the parts with FILE:SRC:DST"


def init_model(model: torch.nn.Module, sources: Sequence[str]) -> None:
    """Copy weights into the model; if one source does not fit, nothing is copied.

    Args:
        model: Model that was just built.
        sources: ``FILE[:SRC[:DST]]`` strings, applied in order.

    Raises:
        ValueError: If a weight is missing, extra, misshapen or not finite.
    """
    own = model.state_dict()
    chosen: dict[str, torch.Tensor] = {}
    for source in sources:
        path, source_prefix, target_prefix = split_source(source)
        given = under(with_averages(load_tensors(path), source), source_prefix, source)
        target = _without_ema(under(own, target_prefix, source))
        given = _without_ema(given)
        given = _without_lone_head(given, target)
        target = _without_lone_head(target, given)
        refuse_misfit(target, given, f"--init_from {source}", remedy=_REMEDY)
        lead = f"{target_prefix}." if target_prefix else ""
        chosen.update({lead + name: weight for name, weight in given.items()})
        logging.info("%d initial weights are loaded from %s", len(given), source)
    with torch.no_grad():
        for name, weight in chosen.items():
            own[name].copy_(weight)


def split_source(source: str) -> tuple[str, str, str]:
    """Split ``FILE[:SRC[:DST]]``.

    Args:
        source: The string. A FILE that exists may have colons in its path.

    Returns:
        File, prefix in the file, prefix in the model; '' for a prefix that is not
        given.

    Raises:
        ValueError: If there is no file or there are more than three fields.
    """
    ways = [source.rsplit(":", colons) for colons in (0, 1, 2)]
    parts = next((way for way in ways if Path(way[0]).is_file()), source.split(":"))
    if len(parts) > 3 or not parts[0]:
        raise ValueError(f"--init_from {source}: FILE[:SRC[:DST]] is accepted")
    path, source_prefix, target_prefix = (parts + ["", ""])[:3]
    return path, source_prefix.strip("."), target_prefix.strip(".")


def under(
    state: Mapping[str, torch.Tensor], prefix: str, what: str
) -> dict[str, torch.Tensor]:
    """Select the weights below a prefix and remove the prefix from their names.

    Args:
        state: Weights by name.
        prefix: Dotted name without the last dot; '' selects all.
        what: Name of the source in the error.

    Returns:
        The selection.

    Raises:
        ValueError: If the selection is empty.
    """
    lead = f"{prefix}." if prefix else ""
    selected = {k.removeprefix(lead): v for k, v in state.items() if k.startswith(lead)}
    if not selected:
        first = sorted({name.split(".")[0] for name in state})
        raise ValueError(f"{what}: no weight is named {lead}*; there are {first}")
    return selected


def with_averages(
    state: Mapping[str, torch.Tensor], what: str
) -> dict[str, torch.Tensor]:
    """Replace the raw weights by their moving average, if there is one.

    Args:
        state: Weights by name; an average is below ``ema`` in the form of
            ``WeightAverage``: a counter, and the names of the averaged module with '/'
            instead of '.'.
        what: Name of the source in the error.

    Returns:
        All weights, with averages instead of raw values.

    Raises:
        ValueError: If the averaged names are not the names of exactly one module in
            ``state``.
    """
    result = dict(state)
    counters = [k for k in state if f".{k}".endswith(f".{EMA}.num_updates")]
    for counter in counters:
        if state[counter] == 0:
            continue
        lead = counter.removesuffix("num_updates")
        averages = {
            k.removeprefix(lead).replace("/", "."): v
            for k, v in state.items()
            if k.startswith(lead) and k != counter
        }
        averaged = _modules_of(averages, state, lead)
        if len(averaged) != 1:
            raise ValueError(
                f"{what}: the averages {lead}* fit {len(averaged)} modules, but one "
                "is needed; give a whole checkpoint of a training"
            )
        result.update({averaged[0] + k: v for k, v in averages.items()})
    return result


def _modules_of(
    averages: Mapping[str, torch.Tensor], state: Mapping[str, torch.Tensor], lead: str
) -> list[str]:
    """Return the prefixes, except the averages' own, that have all averaged names."""
    beside = lead.removesuffix(f"{EMA}.")
    key = next(iter(averages))
    found = [k.removesuffix(key) for k in state if f".{k}".endswith(f".{key}")]
    found = [p for p in found if p != lead and p.startswith(beside)]
    return [p for p in found if all(p + k in state for k in averages)]


def _without_ema(state: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return {k: v for k, v in state.items() if EMA not in k.split(".")}


def _without_lone_head(
    state: Mapping[str, torch.Tensor], other: Mapping[str, torch.Tensor]
) -> dict[str, torch.Tensor]:
    """Return a state without the head of an alignment if ``other`` has none."""
    if any(is_below(name, _HEADS) for name in other):
        return dict(state)
    return {k: v for k, v in state.items() if not is_below(k, _HEADS)}
