"""The spec of a condition: name, width, role, null value, drop probability.

A model is built from the specs of its conditions and takes one ``Condition`` for each,
by name. Specs are all that it knows about conditions. A config.yaml declares further
conditions under ``conditions``::

    conditions:
      loudness: {role: channels, width: 1, channels: 4}
      melody: {role: cross_attention, width: 64, p_drop: 0.1, null: zeros}
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from enum import Enum
from typing import Any

from espnet2.gen_audio.choices import refuse_misfits

Matrix = tuple[tuple[float, ...], ...]

ZEROS = "zeros"
EMPTY_CAPTION = "empty_caption"
ENCODER = "encoder"
NULLS = (ZEROS, EMPTY_CAPTION, ENCODER)


class Role(str, Enum):
    """The place where a model uses a condition."""

    SEQUENCE = "sequence"  # positions in GPT-2's sequence
    CROSS_ATTENTION = "cross_attention"
    EMBEDDING = "embedding"  # one vector, concatenated to the time embedding
    CHANNELS = "channels"  # concatenated to the channels of the latent
    TIME = "time"  # one vector, added to the encoding of the time by a linear layer


@dataclass(frozen=True)
class ConditionSpec:
    """One condition of a model.

    Attributes:
        name: Name of the condition, and of its data in training.
        width: Features of a position.
        roles: The places where the model uses it, one or more.
        null: Its unconditional value: ``zeros``; ``empty_caption``, the encoding of the
            empty caption by the frozen encoder, which is set later; ``encoder``, the
            encoding of the empty caption by the text encoder that is trained with the
            model; or a matrix, (n, width).
        p_drop: Probability that, in training, this condition of a clip is dropped
            independently of others. If None, it is only dropped together with all
            others.
        patch_grid: Whether its positions are AudioMAE patches, pooled to a grid of time
            steps and frequency bands; if not, they are successive in time.
        channels: For the role ``channels``, the number of channels to which it is
            projected; ``width`` if None.

    Raises:
        ValueError: If a value is out of range, or values do not fit each other.
    """

    name: str
    width: int
    roles: tuple[Role, ...]
    null: str | Matrix = ZEROS
    p_drop: float | None = 0.0
    patch_grid: bool = False
    channels: int | None = None

    def __post_init__(self) -> None:
        if not self.name.isidentifier():
            raise ValueError(f"condition name {self.name!r}: use letters, digits and _")
        if self.width < 1 or (self.channels is not None and self.channels < 1):
            raise ValueError(
                f"condition {self.name}: width {self.width} and channels "
                f"{self.channels} must be 1 or more"
            )
        if not self.roles:
            raise ValueError(f"condition {self.name} has no role; use {_names(Role)}")
        if self.channels is not None and Role.CHANNELS not in self.roles:
            raise ValueError(
                f"condition {self.name}: channels {self.channels} belongs to the role "
                f"channels, but its role is {', '.join(self.roles)}"
            )
        if self.p_drop is not None and not 0.0 <= self.p_drop <= 1.0:
            raise ValueError(
                f"condition {self.name}: p_drop {self.p_drop} must be from 0 to 1"
            )
        _refuse_null(self)

    @classmethod
    def from_dict(cls, name: str, values: Mapping[str, Any]) -> ConditionSpec:
        """Read the spec from a config.

        Args:
            name: Name of the condition.
            values: The attributes, but with ``role`` (one name or a list) instead of
                ``roles``.

        Returns:
            The spec.

        Raises:
            ValueError: If a key or role is unknown, or a value is missing or does not
                fit.
        """
        refuse_misfits(cls, values, f"condition {name}", ("null",))
        given = dict(values)
        role = given.pop("role", None) or ()
        known = {field.name for field in fields(cls)} - {"name", "roles"}
        if given.keys() - known or "width" not in given:
            raise ValueError(
                f"condition {name} of keys {sorted(values)}: width and role are needed,"
                f" and {', '.join(sorted(known - {'width'}))} possible"
            )
        if not isinstance(given.get("null", ZEROS), str):
            given["null"] = as_matrix(given["null"])
        names = [role] if isinstance(role, str) else list(role)
        try:
            roles = tuple(Role(each) for each in names)
        except ValueError as error:
            raise ValueError(
                f"condition {name}: role {role!r} is unknown; use {_names(Role)}"
            ) from error
        return cls(name=name, roles=roles, **given)

    @property
    def num_channels(self) -> int:
        """Number of channels concatenated to the latent; 0 without that role."""
        return (self.channels or self.width) if Role.CHANNELS in self.roles else 0


def sequence_specs(widths: Mapping[str, int]) -> tuple[ConditionSpec, ...]:
    """Return the specs of the conditions in GPT-2's sequence.

    Args:
        widths: Their widths by name, in the order of the sequence.

    Returns:
        The specs. A language model has no guidance, so its conditions are never
        dropped.
    """
    return tuple(
        ConditionSpec(name, width, (Role.SEQUENCE,), p_drop=None)
        for name, width in widths.items()
    )


def with_role(specs: Sequence[ConditionSpec], role: Role) -> list[ConditionSpec]:
    """Return the conditions that have a role, in their order."""
    return [spec for spec in specs if role in spec.roles]


def widths_of(specs: Sequence[ConditionSpec]) -> dict[str, int]:
    """Return the width of every condition by name."""
    return {spec.name: spec.width for spec in specs}


def as_matrix(rows: Sequence[Sequence[float]]) -> Matrix:
    """Return rows of numbers as tuples, which a frozen spec can have as a value.

    Args:
        rows: The rows.

    Returns:
        The same as tuples.

    Raises:
        ValueError: If they are no rows of numbers.
    """
    try:
        return tuple(tuple(float(value) for value in row) for row in rows)
    except (TypeError, OverflowError) as error:
        raise ValueError(
            f"a null value {str(rows)[:60]} is no list of rows of numbers ({error})"
        ) from error


def _refuse_null(spec: ConditionSpec) -> None:
    """Refuse a null value that is unknown or does not fit the width."""
    if isinstance(spec.null, str):
        if spec.null not in NULLS:
            raise ValueError(
                f"condition {spec.name}: null {spec.null!r} is unknown; use "
                f"{', '.join(NULLS)} or a matrix (n, {spec.width})"
            )
        return
    lengths = {len(row) for row in spec.null}
    finite = all(math.isfinite(value) for row in spec.null for value in row)
    if lengths != {spec.width} or not finite:
        raise ValueError(
            f"the null of condition {spec.name}, rows of {sorted(lengths)} numbers, "
            f"does not fit the model's width {spec.width}; a finite matrix (n, width) "
            "is needed: dump it with the same encoder as the training data"
        )


def _names(roles: type[Role]) -> str:
    return ", ".join(role.value for role in roles)
