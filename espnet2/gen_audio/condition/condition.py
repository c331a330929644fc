"""The conditions of a model: embeddings with a mask of the valid positions.

Shapes: B clips, L positions (padded to the longest of the batch), D features. A model
takes ``Conditions``, a mapping from the name of a stream to its ``Condition``; a model
that does not use a stream has no such key.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch.nn.functional import pad


@dataclass(frozen=True)
class Condition:
    """Embeddings of a batch and the mask of the valid positions.

    Attributes:
        embedding: Vectors, (B, L, D). Values at masked positions are arbitrary.
        mask: True where a position is valid, (B, L).
    """

    embedding: torch.Tensor
    mask: torch.Tensor

    def __post_init__(self):
        if self.embedding.dim() != 3:
            raise ValueError(
                f"an embedding of shape {tuple(self.embedding.shape)} was given; "
                "(B, L, D) is needed: add the missing axis with unsqueeze"
            )
        if self.mask.shape != self.embedding.shape[:2]:
            raise ValueError(
                f"mask {tuple(self.mask.shape)} does not fit embedding "
                f"{tuple(self.embedding.shape)}; it must have its first two axes"
            )
        if self.mask.dtype != torch.bool:
            raise ValueError(
                f"the mask is {self.mask.dtype}; pass mask.bool(), True = valid"
            )

    @classmethod
    def from_lengths(
        cls, embedding: torch.Tensor, lengths: torch.Tensor | None = None
    ) -> Condition:
        """Build the mask from the lengths of ESPnet's collation.

        Args:
            embedding: Vectors padded at the end, (B, L, D).
            lengths: Valid positions of each clip, (B,); all are valid if None.

        Returns:
            The condition, on the embedding's device.
        """
        batch, longest = embedding.shape[:2]
        if lengths is None:
            mask = torch.ones(batch, longest, dtype=torch.bool, device=embedding.device)
            return cls(embedding, mask)
        steps = torch.arange(longest, device=embedding.device)
        return cls(embedding, steps < lengths.to(embedding.device)[:, None])

    @property
    def lengths(self) -> torch.Tensor:
        """Number of valid positions of each clip, (B,)."""
        return self.mask.sum(dim=1)

    def __len__(self) -> int:
        """Return the batch size B."""
        return len(self.embedding)

    def to(
        self, device: torch.device | str, dtype: torch.dtype | None = None
    ) -> Condition:
        """Move the condition to a device, its embedding also to ``dtype`` if given."""
        return Condition(self.embedding.to(device, dtype), self.mask.to(device))

    def where(self, keep: torch.Tensor, other: Condition) -> Condition:
        """Keep some rows and replace the others by rows of another condition.

        Args:
            keep: True for rows that stay, (B,).
            other: Source of the other rows, (B or 1, L', D), usually the null
                condition.

        Returns:
            The rows, padded to the longer of both lengths, (B, max(L, L'), D).

        Raises:
            ValueError: If batch sizes or widths do not fit.
        """
        if len(other) not in (1, len(self)) or len(keep) != len(self):
            raise ValueError(
                f"{len(self)} rows cannot be joined with {len(other)} rows by a mask "
                f"of {len(keep)}; the other condition needs 1 or {len(self)} rows"
            )
        if self.embedding.shape[2] != other.embedding.shape[2]:
            raise ValueError(
                f"widths {self.embedding.shape[2]} and {other.embedding.shape[2]} "
                "differ; both conditions must come from the same encoder"
            )
        length = max(self.mask.shape[1], other.mask.shape[1])
        mine = self._padded(length)
        other = other.to(self.embedding.device, self.embedding.dtype)._padded(length)
        keep = keep.to(self.embedding.device)
        embedding = torch.where(keep[:, None, None], mine.embedding, other.embedding)
        return Condition(embedding, torch.where(keep[:, None], mine.mask, other.mask))

    def row(self, number: int) -> Condition:
        """Return one row without the padding at its end.

        Args:
            number: Index of the row.

        Returns:
            The row, (1, its last valid position + 1, D).
        """
        counted = self.mask[number].nonzero()
        length = int(counted.max()) + 1 if len(counted) else 0
        rows = slice(number, number + 1)
        return Condition(self.embedding[rows, :length], self.mask[rows, :length])

    def repeat(self, times: int) -> Condition:
        """Repeat every row ``times`` times in succession, (B * times, L, D)."""
        return Condition(
            self.embedding.repeat_interleave(times, dim=0),
            self.mask.repeat_interleave(times, dim=0),
        )

    def _padded(self, length: int) -> Condition:
        """Pad with invalid positions at the end, up to ``length``."""
        extra = length - self.mask.shape[1]
        if extra == 0:
            return self
        return Condition(
            pad(self.embedding, (0, 0, 0, extra)), pad(self.mask, (0, extra))
        )


Conditions = Mapping[str, Condition]


def concatenate(conditions: Sequence[Condition]) -> Condition:
    """Join the rows of several conditions, padded to the longest.

    Args:
        conditions: At least one condition, (B_i, L_i, D) each.

    Returns:
        All rows in order, (sum of B_i, max of L_i, D).
    """
    length = max(condition.mask.shape[1] for condition in conditions)
    padded = [condition._padded(length) for condition in conditions]
    return Condition(
        torch.cat([condition.embedding for condition in padded]),
        torch.cat([condition.mask for condition in padded]),
    )


def stack_rows(rows: Sequence[Conditions]) -> dict[str, Condition]:
    """Join the rows of several mappings of conditions, padded to the longest.

    Args:
        rows: At least one mapping; all mappings have equal names.

    Returns:
        All rows in order, by name.
    """
    return {name: concatenate([row[name] for row in rows]) for name in rows[0]}


def repeat_rows(conditions: Conditions, times: int) -> dict[str, Condition]:
    """Repeat every row of conditions ``times`` times in succession."""
    return {name: each.repeat(times) for name, each in conditions.items()}


def rows_where(conditions: Conditions, wanted: torch.Tensor) -> dict[str, Condition]:
    """Return the rows of conditions where ``wanted``, (B,), is True."""
    return {
        name: Condition(each.embedding[wanted], each.mask[wanted])
        for name, each in conditions.items()
    }


def row_of(conditions: Conditions, number: int) -> dict[str, Condition]:
    """Return the conditions of one clip, without the padding of its batch."""
    return {name: each.row(number) for name, each in conditions.items()}
