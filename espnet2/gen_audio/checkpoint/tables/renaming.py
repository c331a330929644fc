"""Rename the tensors of a checkpoint by exact rules, in one pass over their names.

A table is a list of rules. A rule's pattern must match a whole name; its target is the
name of the tensor here, or the rule leaves the tensor out and states why. A name
without a rule, a name with two, and two names with one target are errors, so that
nothing is lost, guessed or loaded into the wrong place. Messages use the names of the
file, which are therefore kept with the new ones.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import torch

END = r"\.(weight|bias)"  # ending of a tensor's name; one group
Target = str | Callable[[re.Match], str]
Change = Callable[[torch.Tensor], torch.Tensor]


@dataclass(frozen=True)
class Rule:
    r"""New name for the tensors whose names match a pattern.

    Attributes:
        pattern: Regular expression of a whole name.
        target: New name, with ``\1`` for groups, or a function of the match; None if
            the tensor is left out.
        reason: Why it is left out.
        change: Function applied to the tensor, for example to remove axes of length 1.
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
        """Return the new name of a match, or None if the tensor is left out."""
        if self.target is None:
            return None
        return (
            self.target(match) if callable(self.target) else match.expand(self.target)
        )


@dataclass(frozen=True)
class Piece:
    """Tensors below one prefix of a file.

    Attributes:
        state: Tensors by their names below the prefix.
        table: The rules for these names.
        prefix: The prefix, with its last dot.
    """

    state: Mapping[str, torch.Tensor]
    table: Sequence[Rule]
    prefix: str = ""


@dataclass(frozen=True)
class Renamed:
    """A network under its new names.

    Attributes:
        state: Tensors by new name.
        notes: A line for each rule that left tensors out: the first one, how many
            more, and why.
        origins: Whole names in the file by new name.
    """

    state: dict[str, torch.Tensor] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    origins: dict[str, str] = field(default_factory=dict)


def leave_out(pattern: str, reason: str) -> Rule:
    """Return a rule for tensors that are left out.

    Args:
        pattern: Regular expression of a whole name.
        reason: Why; it is stored in the provenance of the part.

    Returns:
        The rule.
    """
    return Rule(pattern, reason=reason)


def rename(
    state: Mapping[str, torch.Tensor], table: Sequence[Rule], source: str
) -> Renamed:
    """Rename all tensors of a network whose names in the file have no prefix.

    Args:
        state: Tensors by the names of the file.
        table: Rules of the network.
        source: Name of the file or the network, for messages.

    Returns:
        The network.

    Raises:
        ValueError: If a name matches no rule or several, or two names become one.
    """
    return rename_pieces([Piece(state, table)], source)


def rename_pieces(pieces: Iterable[Piece], source: str) -> Renamed:
    """Rename the tensors below some prefixes of a file into one network.

    Args:
        pieces: The prefixes, with the tensors and rules of each.
        source: Name of the file, for messages.

    Returns:
        The network.

    Raises:
        ValueError: If a name matches no rule or several, or two names become one.
    """
    whole = Renamed()
    for piece in pieces:
        left_out: dict[Rule, list[str]] = {}
        for name, tensor in piece.state.items():
            called = piece.prefix + name
            rule, match = _only_rule(name, tensor, piece, source)
            target = rule.apply(match)
            if target is None:
                left_out.setdefault(rule, []).append(called)
                continue
            if target in whole.origins:
                raise ValueError(
                    f"{source}: tensors {whole.origins[target]} and {called} would "
                    f"both become {target}; give an unchanged checkpoint"
                )
            whole.origins[target] = called
            whole.state[target] = tensor if rule.change is None else rule.change(tensor)
        whole.notes.extend(_note(rule, names) for rule, names in left_out.items())
    return whole


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


def _only_rule(
    name: str, tensor: torch.Tensor, piece: Piece, source: str
) -> tuple[Rule, re.Match]:
    """Return the one rule that matches a name, and the match."""
    found = matching(name, piece.table)
    if len(found) == 1:
        return found[0]
    called = f"tensor {piece.prefix}{name} {tuple(getattr(tensor, 'shape', ()))}"
    if not found:
        raise ValueError(
            f"{source}: {called} is not part of the published layout; give an "
            "unchanged checkpoint, or remove what was added to it"
        )
    patterns = " and ".join(repr(rule.pattern) for rule, _ in found)
    raise ValueError(
        f"{source}: {called} is matched by {len(found)} rules, {patterns}; this is a "
        "fault of the table: please report it"
    )


def _note(rule: Rule, names: Sequence[str]) -> str:
    more = f" and {len(names) - 1} more" if names[1:] else ""
    return f"{names[0]}{more}: {rule.reason}"
