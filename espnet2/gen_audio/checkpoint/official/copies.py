"""Choose among the copies of one network that an official checkpoint holds.

A file holds CLAP up to twice and FLAN-T5 twice, because several modules of the authors'
code contain one. The system gets one copy. Copies that differ are refused unless the
user has chosen one of them.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import torch

State = dict[str, torch.Tensor]

# Running statistics. The authors' training ran a frozen network in training mode by
# mistake, so that copies may differ in these tensors and in no others.
_DRIFTING = ("running_mean", "running_var", "num_batches_tracked")
# The use of a copy, which follows from its prefix in the file: text for messages.
_PLACES = {
    "ranking": re.compile(r"clap\."),
    "loa_lm": re.compile(r"cond_stage_models\.\d+\.cond_stage_models\.\d+\."),
    "ldm": re.compile(r"cond_stage_models\.\d+\."),
}
PURPOSES = {
    "loa_lm": "conditions GPT-2",
    "ldm": "conditions the U-Net",
    "ranking": "ranks candidates",
}
COPIES = {"clap": ("loa_lm", "ldm", "ranking"), "t5": ("loa_lm", "ldm")}
_NAMES = {"clap": "CLAP", "t5": "FLAN-T5"}


@dataclass(frozen=True)
class Comparison:
    """The difference between two copies of a network.

    Attributes:
        fault: The first difference of weights in words; None if there is none.
        count: How many tensors differ in their weights.
        drift: Largest difference of the statistics of batch normalisation.
    """

    fault: str | None
    count: int
    drift: float


def pick_copy(
    copies: Sequence[tuple[str, State]],
    network: str,
    source: str,
    wanted: str | None = None,
) -> tuple[State, str, list[str]]:
    """Return the one copy of a network that a converted system has.

    Args:
        copies: Pairs of a prefix in the file and the state below ``<prefix>model.``;
            the first is kept if ``wanted`` is None.
        network: ``clap`` or ``t5``.
        source: Name of the file, for messages.
        wanted: Use of the copy to keep, one of ``COPIES[network]``.

    Returns:
        The state, its use, and for each other copy a line for the provenance.

    Raises:
        ValueError: If copies differ and none was chosen, or the chosen one is missing.
    """
    uses = [use_of(place) for place, _ in copies]
    chosen = uses.index(wanted) if wanted in uses else 0
    kept_place, kept = copies[chosen]
    notes = []
    for number, (place, other) in enumerate(copies):
        if number == chosen:
            continue
        found = compare_copies(kept, other, f"{kept_place}model.", f"{place}model.")
        count = f"{place}model.* ({len(other)} tensors)"
        if found.fault is None:
            notes.append(_note(count, kept_place, found.drift))
        elif wanted in uses:
            notes.append(
                f"{count}: left out, the copy that {PURPOSES[wanted]} was chosen; "
                f"tensors that differ: {found.count}"
            )
        else:
            raise ValueError(_explanation(copies, network, source, found, wanted))
    return kept, uses[chosen], notes


def use_of(place: str) -> str:
    """Return the use of the conditioner with a given prefix in the file.

    Args:
        place: Prefix of its names.

    Returns:
        ``ranking``, ``loa_lm`` or ``ldm``.
    """
    return next(use for use, form in _PLACES.items() if form.fullmatch(place))


def compare_copies(
    kept: Mapping[str, torch.Tensor],
    other: Mapping[str, torch.Tensor],
    kept_prefix: str,
    other_prefix: str,
) -> Comparison:
    """Compare two copies of a network.

    Args:
        kept: State of the copy that is imported, names without prefix.
        other: State of the copy that is left out.
        kept_prefix: Prefix of ``kept`` in the file, for messages.
        other_prefix: Prefix of ``other`` in the file, for messages.

    Returns:
        What differs.
    """
    faults, drift = [], 0.0
    for name in [*kept, *(name for name in other if name not in kept)]:
        here, there = f"{kept_prefix}{name}", f"{other_prefix}{name}"
        if name not in kept or name not in other:
            has, lacks = (here, there) if name in kept else (there, here)
            faults.append(f"tensor {has} has no counterpart {lacks}")
        elif kept[name].shape != other[name].shape:
            shapes = tuple(kept[name].shape), tuple(other[name].shape)
            faults.append(
                f"tensor {here} has shape {shapes[0]}, its copy {there} {shapes[1]}"
            )
        else:
            apart = _difference(kept[name], other[name])
            if name.endswith(_DRIFTING):
                drift = max(drift, apart)
            elif apart:
                faults.append(
                    f"tensor {here} differs from its copy {there} by up to {apart:.3g}"
                )
    return Comparison(faults[0] if faults else None, len(faults), drift)


def _note(count: str, kept_place: str, drift: float) -> str:
    if not drift:
        return f"{count}: copy of {kept_place}model.*, equal, left out"
    return (
        f"{count}: copy of {kept_place}model.*, left out; statistics of batch "
        f"normalisation differ by up to {drift:.3g}"
    )


def _explanation(
    copies: Iterable[tuple[str, State]],
    network: str,
    source: str,
    found: Comparison,
    wanted: str | None,
) -> str:
    """Return the error: which copies differ, the use of each, and how to choose."""
    uses = {use_of(place): place for place, _ in copies}
    shown = " and ".join(f"{p}* ({PURPOSES[use]})" for use, p in uses.items())
    choices = " or ".join(f"--{network}_copy {use}" for use in uses)
    absent = "" if wanted is None else f"none of them for {wanted}; "
    return (
        f"{source} holds different copies of {_NAMES[network]}, {shown}: "
        f"{found.fault} (tensors that differ: {found.count}); {absent}a converted "
        f"system has one: choose it with {choices}, or give an unchanged checkpoint"
    )


def _difference(kept: torch.Tensor, other: torch.Tensor) -> float:
    """Return the largest difference of two tensors; infinity where one is NaN."""
    if torch.equal(kept, other) or not kept.numel():
        return 0.0
    # a NaN on one side would compare as no difference at all
    difference = (kept.double() - other.double()).abs().nan_to_num(nan=float("inf"))
    return float(difference.max())
