"""Rename the tensors of a checkpoint by exact rules, one for each name.

A table is a list of rules. A rule's pattern must match a whole name; its target says
what the tensor is called here, or that it is left out and why. A name without a rule, a
name with two, and a target reached twice are errors, so that nothing is lost, guessed
or loaded into the wrong place.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch

Target = str | Callable[[re.Match], str]
Change = Callable[[torch.Tensor], torch.Tensor]


@dataclass(frozen=True)
class Rule:
    r"""What becomes of the names that a pattern matches.

    Attributes:
        pattern: Regular expression of a whole name.
        target: New name, with ``\1`` for groups, or a function of the match; None
            where the tensor is left out.
        reason: Why it is left out.
        change: What is done to the tensor, for example taking away axes of length 1.
    """

    pattern: str
    target: Target | None = None
    reason: str = ""
    change: Change | None = None

    def __post_init__(self) -> None:
        if (self.target is None) != bool(self.reason):
            raise ValueError(
                f"rule {self.pattern!r} needs either a target, or the reason why what "
                "it matches is left out"
            )

    def apply(self, match: re.Match) -> str | None:
        """Return the new name of a match, or None where it is left out."""
        if self.target is None:
            return None
        return (
            self.target(match) if callable(self.target) else match.expand(self.target)
        )


def leave_out(pattern: str, reason: str) -> Rule:
    """Return a rule for tensors that have no place here.

    Args:
        pattern: Regular expression of a whole name.
        reason: Why; it goes to the provenance of the part.

    Returns:
        The rule.
    """
    return Rule(pattern, reason=reason)


def rename(
    state: Mapping[str, torch.Tensor], table: Sequence[Rule], what: str
) -> tuple[dict[str, torch.Tensor], list[str]]:
    """Rename all tensors of a network.

    Args:
        state: Tensors by the names of the file.
        table: Rules of the network.
        what: What the network is, for messages.

    Returns:
        Tensors by their new names, and one line for each kind of tensor that was left
        out: pattern, how many, why.

    Raises:
        ValueError: If a name matches no rule or several, or two names become one.
    """
    renamed: dict[str, torch.Tensor] = {}
    origin: dict[str, str] = {}
    left_out: dict[Rule, list[str]] = {}
    for name, tensor in state.items():
        rule, match = _only_rule(name, tensor, table, what)
        target = rule.apply(match)
        if target is None:
            left_out.setdefault(rule, []).append(name)
            continue
        if target in origin:
            raise ValueError(
                f"{what}: tensors {origin[target]} and {name} would both become "
                f"{target}; give an unchanged checkpoint"
            )
        origin[target] = name
        renamed[target] = tensor if rule.change is None else rule.change(tensor)
    notes = [
        f"{names[0]}{f' and {len(names) - 1} more' if names[1:] else ''}: {rule.reason}"
        for rule, names in left_out.items()
    ]
    return renamed, notes


def matching(name: str, table: Sequence[Rule]) -> list[tuple[Rule, re.Match]]:
    """Return every rule that matches a name.

    Args:
        name: Name of a tensor.
        table: Rules of its network.

    Returns:
        Rules with their matches; exactly one for a name that is known.
    """
    found = ((rule, re.fullmatch(rule.pattern, name)) for rule in table)
    return [(rule, match) for rule, match in found if match is not None]


def _only_rule(
    name: str, tensor: torch.Tensor, table: Sequence[Rule], what: str
) -> tuple[Rule, re.Match]:
    found = matching(name, table)
    if len(found) == 1:
        return found[0]
    shape = tuple(getattr(tensor, "shape", ()))
    if not found:
        raise ValueError(
            f"{what}: tensor {name} {shape} is not part of the published layout; give "
            "an unchanged checkpoint of AudioLDM 2, or remove what was added to it"
        )
    patterns = " and ".join(repr(rule.pattern) for rule, _ in found)
    raise ValueError(
        f"{what}: tensor {name} {shape} is matched by {len(found)} rules, {patterns}; "
        "this is a fault of the table: please report it"
    )


def under(state: Mapping[str, torch.Tensor], prefix: str) -> dict[str, torch.Tensor]:
    """Select the tensors below a prefix and name them from there on.

    Args:
        state: Tensors by name.
        prefix: Beginning of the names, with its last dot.

    Returns:
        The selection; empty where nothing has the prefix.
    """
    chosen = ((name, tensor) for name, tensor in state.items())
    return {n.removeprefix(prefix): t for n, t in chosen if n.startswith(prefix)}


def with_prefix(
    state: Mapping[str, torch.Tensor], prefix: str
) -> dict[str, torch.Tensor]:
    """Put a prefix before all names.

    Args:
        state: Tensors by name.
        prefix: What to put before them, with its last dot.

    Returns:
        The same tensors.
    """
    return {prefix + name: tensor for name, tensor in state.items()}
