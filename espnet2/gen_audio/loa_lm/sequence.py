"""The input sequence of GPT-2: every condition between its two markers.

Layout (AudioLDM 2, arXiv:2308.05734, and its code):
``sos_0 c_0.. eos_0 sos_1 c_1.. eos_1``, then ``y_1 .. y_L``, the LOA.
Markers are rows of two tables of 32 rows, one row per condition. All further rows are
unused; the published weights contain them.
Shapes: B clips, V vectors of one condition, S columns of the sequence of all conditions
and markers, L LOA tokens, D width of GPT-2.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import torch

from espnet2.gen_audio.condition.condition import Condition

MARKERS = 32  # rows of the published tables
PADDINGS = ("strip", "official")


@dataclass(frozen=True)
class SequenceLayout:
    """The conditions as one sequence, and the positions of the LOA after it.

    A column is an index into the padded sequence; a position is an index into GPT-2's
    position table. They differ if padding was removed, or if a condition takes more
    positions than it has vectors.

    Attributes:
        conditions: Projected conditions and markers as one sequence, (B, S, D).
        condition_positions: Position of every column of ``conditions``, (B, S).
        last_marker: Column of the last marker of each clip, from which y_1 is
            predicted, (B,).
        loa_start: Position of y_1; if None, the position after the last marker.
    """

    conditions: Condition
    condition_positions: torch.Tensor
    last_marker: torch.Tensor
    loa_start: int | None = None

    @property
    def next_position(self) -> torch.Tensor:
        """Position after the last marker of each clip, (B,)."""
        last = self.condition_positions.gather(1, self.last_marker[:, None])
        return last[:, 0] + 1

    @property
    def first_loa_position(self) -> int:
        """Position of y_1; of the clip with the longest conditions if they differ."""
        if self.loa_start is not None:
            return self.loa_start
        return int(self.next_position.max())

    def position_ids(self, loa_tokens: int) -> torch.Tensor:
        """Return the positions of the conditions, then of the LOA.

        Args:
            loa_tokens: Number of LOA vectors that follow the conditions.

        Returns:
            Positions, (B, S + loa_tokens).
        """
        starts = self.next_position  # (B,)
        if self.loa_start is not None:
            starts = torch.full_like(starts, self.loa_start)
        tokens = torch.arange(loa_tokens, device=starts.device)  # (loa_tokens,)
        return torch.cat([self.condition_positions, starts[:, None] + tokens], dim=1)

    def attention_mask(self, loa_tokens: int) -> torch.Tensor:
        """Return which columns may be attended to, (B, S + loa_tokens)."""
        mask = self.conditions.mask
        return torch.cat([mask, mask.new_ones(len(mask), loa_tokens)], dim=1)

    def at_last_marker(self, hidden: torch.Tensor) -> torch.Tensor:
        """Return the vector at the last marker of each clip, (B, 1, D)."""
        clips = torch.arange(len(hidden), device=hidden.device)
        return hidden[clips, self.last_marker, None]


class ConditionSequence(torch.nn.Module):
    """Project conditions to one width and concatenate them to one sequence.

    Args:
        width: Width D.
        condition_dims: Name and width of every condition, in the order of the
            sequence.
        padding: ``strip`` moves padding after the last marker and does not count it in
            the positions, so that a clip does not depend on its batch. ``official``
            leaves padding between the conditions and counts it, as the authors' code
            does.
        loa_start: Position of the first LOA vector, equal for all lengths of text, so
            that a vector's position encodes its time in the clip; if None, the LOA
            directly follows the conditions.
        condition_lengths: Number of positions that a condition always takes, by name,
            as if it were padded to this length; it applies to both values of
            ``padding``. Published speech models pad phonemes to 310: the last marker is
            at position 314, the LOA starts at 315. If None, conditions are as long
            as their texts.

    Raises:
        ValueError: If the padding is unknown, there are too many conditions, or a
            length is below 1 or for an unknown condition.
    """

    def __init__(
        self,
        width: int,
        condition_dims: Mapping[str, int],
        padding: str = "strip",
        loa_start: int | None = None,
        condition_lengths: Mapping[str, int] | None = None,
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
        self.condition_lengths = dict(condition_lengths or {})
        for name, length in self.condition_lengths.items():
            if name not in self.names or length < 1:
                raise ValueError(
                    f"condition_lengths has {name}: {length}; give one of the "
                    f"conditions {', '.join(self.names)} a length of 1 or more"
                )
        self.projections = torch.nn.ModuleDict(
            {name: torch.nn.Linear(dim, width) for name, dim in condition_dims.items()}
        )
        self.start_markers = torch.nn.Embedding(MARKERS, width)
        self.end_markers = torch.nn.Embedding(MARKERS, width)

    def forward(self, conditions: Mapping[str, Condition]) -> SequenceLayout:
        """Concatenate the conditions, each between its markers.

        Args:
            conditions: One Condition per name that the model was built with; other
                names are refused, so that no condition is silently ignored.

        Returns:
            The sequence and its positions.

        Raises:
            ValueError: If the conditions reach beyond ``loa_start``, or one is longer
                than its ``condition_lengths``.
        """
        self._check(conditions)
        vectors, masks, increments = [], [], []
        for index, name in enumerate(self.names):
            condition = conditions[name]
            ones = condition.mask.new_ones(len(condition), 1)
            vectors += [
                self._marker(self.start_markers, index, len(condition)),
                self.projections[name](condition.embedding),
                self._marker(self.end_markers, index, len(condition)),
            ]
            masks += [ones, condition.mask, ones]
            increments += [ones.long(), *self._increments(name, condition)]
        joined = Condition(torch.cat(vectors, dim=1), torch.cat(masks, dim=1))
        positions = torch.cat(increments, dim=1).cumsum(1) - 1  # (B, S)
        if self.padding == "official":
            last = torch.full_like(joined.lengths, joined.mask.shape[1] - 1)
        else:
            positions = positions.gather(1, valid_first(joined.mask))
            joined = strip_pads(joined)
            last = joined.lengths - 1
        layout = SequenceLayout(joined, positions, last, self.loa_start)
        needed = int(layout.next_position.max())
        if self.loa_start is not None and needed > self.loa_start:
            raise ValueError(
                f"conditions and markers take {needed} positions, but loa_start is "
                f"{self.loa_start}; shorten the text or raise loa_start"
            )
        return layout

    def _increments(
        self, name: str, condition: Condition
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the steps of position at a condition, (B, V), and its marker, (B, 1).

        A column of padding that is not counted has step 0.
        """
        mask = condition.mask
        length, columns = self.condition_lengths.get(name), mask.shape[1]
        end = torch.ones_like(mask[:, :1], dtype=torch.long)
        if length is None:
            counted = torch.ones_like(mask) if self.padding == "official" else mask
            return counted.long(), end
        if int(condition.lengths.max()) > length:
            raise ValueError(
                f"condition {name} has {int(condition.lengths.max())} vectors, but "
                f"condition_lengths says {length}; shorten the text"
            )
        # columns after ``length`` are padding of the batch
        counted = torch.arange(columns, device=mask.device) < length
        return counted.expand_as(mask).long(), end + max(length - columns, 0)

    def start_of_last(self, conditions: Mapping[str, Condition]) -> int:
        """Return the first column of the last condition, after its marker.

        Args:
            conditions: As in ``forward``.

        Returns:
            The column, equal for all clips.

        Raises:
            ValueError: If an earlier condition has padding, which ``strip`` moves.
        """
        before = [conditions[name].mask for name in self.names[:-1]]
        if not all(mask.all() for mask in before):
            raise ValueError(
                f"{self.names[-1]} begins at different columns in the clips, since "
                "conditions before it have padding; put conditions of one length first"
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


def valid_first(mask: torch.Tensor) -> torch.Tensor:
    """Return the valid columns of every row in order, then columns of padding.

    Args:
        mask: True where a column is valid, (B, S).

    Returns:
        Columns, (B, longest valid length).
    """
    # a stable sort by "is padding" keeps the order of valid positions
    order = torch.argsort((~mask).to(torch.uint8), dim=1, stable=True)
    return order[:, : int(mask.sum(dim=1).max())]


def strip_pads(sequence: Condition) -> Condition:
    """Move the valid columns of each row to the front and cut common padding.

    Args:
        sequence: Rows with padding at any column, (B, S, D).

    Returns:
        Rows with zeros as padding at the end only, (B, longest valid length, D).
    """
    order = valid_first(sequence.mask)
    mask = sequence.mask.gather(1, order)
    width = sequence.embedding.shape[2]
    embedding = sequence.embedding.gather(1, order[:, :, None].expand(-1, -1, width))
    return Condition(embedding.masked_fill(~mask[:, :, None], 0.0), mask)
