"""The sequence that GPT-2 reads: every condition between its two markers.

Shapes: B clips, N positions, D width of GPT-2.
Layout (AudioLDM 2, arXiv:2308.05734, and its code):
``sos_0 c_0.. eos_0 sos_1 c_1.. eos_1``, then ``y_1 .. y_L``, the LOA.
Markers are rows of two tables of 32, one row per condition; rows beyond the number of
conditions are unused and exist to fit the published weights.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import torch

from espnet2.gen_audio.conditioner.condition import Condition

MARKERS = 32  # rows of the published tables
PADDINGS = ("strip", "official")


@dataclass(frozen=True)
class Layout:
    """The conditions as one sequence, and the positions of the LOA after it.

    A column is an index into the padded sequence; a position is an index into GPT-2's
    position table.

    Attributes:
        sequence: Projected conditions and markers, (B, N, D).
        ends: Column of the last marker of each clip, from which y_1 is predicted, (B,).
        loa_start: Position of y_1; the one after the last marker if None.
    """

    sequence: Condition
    ends: torch.Tensor
    loa_start: int | None = None

    def positions(self, loa_tokens: int) -> torch.Tensor:
        """Return position ids of the conditions, then of the LOA.

        Args:
            loa_tokens: LOA vectors that follow the conditions.

        Returns:
            Position ids, (B, N + loa_tokens).
        """
        mask = self.sequence.mask
        columns = torch.arange(mask.shape[1], device=mask.device)
        starts = self.ends + 1
        if self.loa_start is not None:
            starts = torch.full_like(starts, self.loa_start)
        behind = torch.arange(loa_tokens, device=mask.device)
        return torch.cat(
            [columns.expand(len(mask), -1), starts[:, None] + behind], dim=1
        )

    @property
    def first(self) -> int:
        """Position of the first LOA vector of the clip with the longest conditions."""
        return int(self.ends.max()) + 1 if self.loa_start is None else self.loa_start

    def mask(self, loa_tokens: int) -> torch.Tensor:
        """Return which columns may be attended to, (B, N + loa_tokens)."""
        mask = self.sequence.mask
        return torch.cat([mask, mask.new_ones(len(mask), loa_tokens)], dim=1)

    def at_ends(self, hidden: torch.Tensor) -> torch.Tensor:
        """Pick the last marker's vector of each clip, (B, N.., D) to (B, 1, D)."""
        return hidden[torch.arange(len(hidden), device=hidden.device), self.ends, None]


class ConditionSequence(torch.nn.Module):
    """Project conditions to one width and concatenate them to one sequence.

    Args:
        width: D.
        condition_dims: Name and width of every condition, in the order of the
            sequence.
        padding: ``strip`` moves padding after the last marker and does not count it in
            the positions, so that a clip does not depend on its batch. ``official``
            leaves padding between the conditions and counts it, as the authors' code.
        loa_start: Position of the first LOA vector, equal for all lengths of text, so
            that a vector's position encodes its time in the clip; after the conditions
            if None. (Published speech models pad every text to 310 for that.)

    Raises:
        ValueError: If the padding is unknown, or there are too many conditions.
    """

    def __init__(
        self,
        width: int,
        condition_dims: Mapping[str, int],
        padding: str = "strip",
        loa_start: int | None = None,
    ):
        super().__init__()
        if padding not in PADDINGS:
            raise ValueError(f"padding {padding!r} is unknown; use one of {PADDINGS}")
        if not 0 < len(condition_dims) <= MARKERS:
            raise ValueError(
                f"{len(condition_dims)} conditions were given; 1 to {MARKERS} fit, for "
                "example condition_dims: {sentence: 512, tokens: 1024}"
            )
        self.names = tuple(condition_dims)
        self.padding = padding
        self.loa_start = loa_start
        self.projections = torch.nn.ModuleDict(
            {name: torch.nn.Linear(dim, width) for name, dim in condition_dims.items()}
        )
        self.start_markers = torch.nn.Embedding(MARKERS, width)
        self.end_markers = torch.nn.Embedding(MARKERS, width)

    def forward(self, conditions: Mapping[str, Condition]) -> Layout:
        """Concatenate the conditions, each between its markers.

        Args:
            conditions: One Condition per name that the model was built with; other
                names are refused, so that no condition is ignored in silence.

        Returns:
            The sequence and where it ends.

        Raises:
            ValueError: If they are longer than ``loa_start``.
        """
        self._check(conditions)
        rows, masks = [], []
        for index, name in enumerate(self.names):
            condition = conditions[name]
            ones = condition.mask.new_ones(len(condition), 1)
            rows += [
                self._marker(self.start_markers, index, len(condition)),
                self.projections[name](condition.embedding),
                self._marker(self.end_markers, index, len(condition)),
            ]
            masks += [ones, condition.mask, ones]
        sequence = Condition(torch.cat(rows, dim=1), torch.cat(masks, dim=1))
        if self.padding == "official":
            last = sequence.mask.shape[1] - 1
            ends = torch.full_like(sequence.lengths, last)
        else:
            sequence = strip_pads(sequence)
            ends = sequence.lengths - 1
        if self.loa_start is not None and int(ends.max()) >= self.loa_start:
            raise ValueError(
                f"conditions and markers take {int(ends.max()) + 1} positions, but "
                f"loa_start is {self.loa_start}; shorten the text or train with more"
            )
        return Layout(sequence, ends, self.loa_start)

    def start_of_last(self, conditions: Mapping[str, Condition]) -> int:
        """Return the column where the last condition begins, after its marker.

        Args:
            conditions: As in ``forward``.

        Returns:
            The column, the same for every clip.

        Raises:
            ValueError: If an earlier condition has padding, which ``strip`` moves.
        """
        before = [conditions[name].mask for name in self.names[:-1]]
        if not all(mask.all() for mask in before):
            raise ValueError(
                f"{self.names[-1]} begins at another column in every clip, since "
                "conditions before it have pads; put those of one length first"
            )
        return sum(mask.shape[1] + 2 for mask in before) + 1

    def _marker(
        self, table: torch.nn.Embedding, index: int, batch: int
    ) -> torch.Tensor:
        return table.weight[index].expand(batch, 1, -1)

    def _check(self, conditions: Mapping[str, Condition]) -> None:
        missing = [name for name in self.names if name not in conditions]
        unknown = [name for name in conditions if name not in self.names]
        if missing or unknown:
            raise ValueError(
                f"conditions {list(conditions)} were given, but this model takes "
                f"{list(self.names)}; fix the data names or condition_dims"
            )
        for name in self.names:
            given = conditions[name].embedding.shape[2]
            if given != self.projections[name].in_features:
                raise ValueError(
                    f"condition {name} has width {given}, but condition_dims says "
                    f"{self.projections[name].in_features}; use the encoder whose "
                    "width the config states"
                )


def strip_pads(sequence: Condition) -> Condition:
    """Move the valid positions of each row to its front and cut common padding.

    Args:
        sequence: Rows with padding at any position, (B, N, D).

    Returns:
        Rows with zeros as padding at the end only, (B, longest valid length, D).
    """
    # a stable sort by "is padding" keeps the order of valid positions
    order = torch.argsort((~sequence.mask).to(torch.uint8), dim=1, stable=True)
    order = order[:, : int(sequence.lengths.max())]
    mask = sequence.mask.gather(1, order)
    width = sequence.embedding.shape[2]
    embedding = sequence.embedding.gather(1, order[:, :, None].expand(-1, -1, width))
    return Condition(embedding.masked_fill(~mask[:, :, None], 0.0), mask)
