"""Rename the pieces of a network, and remember what the file called each tensor.

A message about a tensor is only of use if it has the name that the file has.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import torch

from espnet2.gen_audio.checkpoint.names import Rule, matching, rename

Piece = tuple[str, Mapping[str, torch.Tensor], Sequence[Rule]]


@dataclass
class Renamed:
    """A network under our names.

    Attributes:
        state: Tensors by our names.
        notes: What was left out and why.
        origins: Names in the file by our names.
    """

    state: dict[str, torch.Tensor]
    notes: list[str]
    origins: dict[str, str]


def rename_pieces(pieces: Iterable[Piece], source: str) -> Renamed:
    """Rename what stands below some prefixes of a file into one network.

    Args:
        pieces: Prefix in the file, tensors below it and the rules for them.
        source: Name of the file, for messages.

    Returns:
        The network.

    Raises:
        ValueError: If a name matches no rule or several, or two names become one.
    """
    whole = Renamed({}, [], {})
    for prefix, state, table in pieces:
        whole.origins |= _origins_of(state, table, prefix, source)
        renamed, notes = rename(state, table, source)
        whole.state |= renamed
        whole.notes += [prefix + note for note in notes]
    return whole


def _origins_of(
    state: Mapping[str, torch.Tensor],
    table: Sequence[Rule],
    prefix: str,
    source: str,
) -> dict[str, str]:
    """Return the names in the file by our names; refuse unknown ones by the former."""
    origins = {}
    for name, tensor in state.items():
        found = matching(name, table)
        if not found:
            raise ValueError(
                f"{source}: tensor {prefix}{name} {tuple(tensor.shape)} is not part of "
                "the published layout; give an unchanged checkpoint, or remove what "
                "was added to it"
            )
        rule, match = found[0]  # a second one is refused by ``rename``
        target = rule.apply(match)
        if target is not None:
            origins[target] = prefix + name
    return origins
