"""Conditions of the diffusion model: read from a batch, dropped, or null.

Shapes: B clips, P patches, L positions, D features. All properties of a condition are
in its spec. In training, each condition is dropped independently, and a further draw
drops all of them together. The model thus learns all subsets of conditions, including
the empty set (classifier-free guidance, arXiv:2207.12598).
"""

from collections.abc import Mapping, Sequence
from typing import Any

import torch

from espnet2.gen_audio.audiomae.loa import draw_factor, pool_to_tokens
from espnet2.gen_audio.condition.condition import Condition, Conditions
from espnet2.gen_audio.condition.dropout import draw_keep
from espnet2.gen_audio.condition.spec import (
    EMPTY_CAPTION,
    ENCODER,
    ZEROS,
    ConditionSpec,
    widths_of,
)
from espnet2.gen_audio.diffusion.published_conditions import null_place
from espnet2.gen_audio.encoder.abs_text_encoder import AbsTextEncoder
from espnet2.gen_audio.encoder.batch import read_condition, refuse_padding
from espnet2.gen_audio.feats.clip import ClipGeometry


class LatentConditions(torch.nn.Module):
    """Read, pool and drop the conditions of a backbone.

    Args:
        geometry: Lengths of a clip.
        specs: The conditions, in the order of reading and of drawing drop masks.
        text_encoder: Encoder that is trained with the model and makes one of the
            conditions.
        pool_factor: Pooling factor of patch grids (LOA) outside training.
        pool_factors: Factors of which one is drawn for each training batch; if None,
            only ``pool_factor``.
        p_drop: Probability that all conditions of a clip are dropped together.
        per_batch: Whether to draw once per batch, as in the published training, instead
            of once per clip.

    Attributes:
        specs: The conditions by name.

    Raises:
        ValueError: If a factor does not fit the clip, or a probability is none.
    """

    def __init__(
        self,
        geometry: ClipGeometry,
        specs: Sequence[ConditionSpec],
        text_encoder: AbsTextEncoder | None = None,
        pool_factor: int = 8,
        pool_factors: Sequence[int] | None = None,
        p_drop: float = 0.1,
        per_batch: bool = False,
    ):
        super().__init__()
        if not 0.0 <= p_drop <= 1.0:
            raise ValueError(f"the probability p_drop_all {p_drop} must be from 0 to 1")
        self.geometry = geometry
        self.specs = {spec.name: spec for spec in specs}
        self.text_encoder = text_encoder
        self.pool_factor = pool_factor
        self.pool_factors = list(pool_factors or [pool_factor])
        for factor in (pool_factor, *self.pool_factors):
            geometry.pool_factors(factor)  # raises if the factor does not fit
        self.p_drop = p_drop
        self.per_batch = per_batch
        # buffers, so that they move with the model; not saved, since the config has
        # them
        self.register_buffer("nothing", torch.zeros(0), persistent=False)
        for spec in specs:
            self.register_buffer(_buffer(spec.name), _null_rows(spec), persistent=False)

    def train(self, mode: bool = True) -> "LatentConditions":
        """Set the mode; a text encoder that is frozen, as in a student, stays as it is.

        Args:
            mode: Whether to train.

        Returns:
            This module.
        """
        super().train(mode)
        encoder = self.text_encoder
        if encoder is not None and not any(
            p.requires_grad for p in encoder.parameters()
        ):
            encoder.eval()
        return self

    @property
    def widths(self) -> dict[str, int]:
        """Width of every condition, by name."""
        return widths_of(list(self.specs.values()))

    def set_null(
        self, name: str, rows: Sequence[Sequence[float]] | torch.Tensor
    ) -> None:
        """Set the null value of a condition.

        Args:
            name: The condition.
            rows: The encoding of the empty caption, (n, D).

        Raises:
            ValueError: If the rows do not fit the width, or are not finite.
        """
        matrix = torch.as_tensor(rows, dtype=torch.float32, device="cpu")
        width = self.specs[name].width
        if matrix.dim() != 2 or matrix.shape[1] != width or not matrix.isfinite().all():
            raise ValueError(
                f"the null of condition {name}, {tuple(matrix.shape)}, does "
                f"not fit width {width}; a finite matrix (n, width) is "
                "needed: dump it with the same encoder as the training data"
            )
        setattr(self, _buffer(name), matrix.to(self.nothing.device))

    def missing_nulls(self) -> list[str]:
        """Return the conditions whose null value is not set yet."""
        return [
            name
            for name, spec in self.specs.items()
            if spec.null == EMPTY_CAPTION and getattr(self, _buffer(name)) is None
        ]

    def of_batch(
        self,
        batch: Mapping[str, Any],
        given: Conditions | None = None,
        utt_id: Sequence[str] | None = None,
    ) -> dict[str, Condition]:
        """Return the conditions of a batch by name.

        In training, the pooling factor of a patch grid is drawn at random.

        Args:
            batch: Data of every condition by name, see ``read_condition``; patch grids
                as patch features (B, P, D), or pooled.
            given: Conditions to use instead of those in the batch.
            utt_id: Ids of the clips, for messages.

        Returns:
            One Condition for each spec, in their order.

        Raises:
            ValueError: If data are missing or of unequal lengths, or the model does not
                have a given condition.
        """
        given = given or {}
        if given.keys() - self.specs.keys():
            raise ValueError(
                f"conditions {sorted(given)} were given, but this model takes "
                f"{sorted(self.specs)}; remove the others"
            )
        return {
            name: given[name] if name in given else self._read(name, batch, utt_id)
            for name in self.specs
        }

    def null(self, batch: int) -> dict[str, Condition]:
        """Return the unconditional input: the null values of all conditions.

        Args:
            batch: Number of clips B.

        Returns:
            One Condition for each condition of the model, B rows each.
        """
        return {name: self.null_of(name, batch) for name in self.specs}

    def null_of(self, name: str, batch: int, length: int | None = None) -> Condition:
        """Return the null value of a condition.

        Args:
            name: The condition.
            batch: Number of clips B.
            length: Number of positions of a null value ``zeros``; if None, the number
                of a clip. Other null values have their own length.

        Returns:
            The value, (B, L, D), without padding.

        Raises:
            ValueError: If the null value is not set yet.
        """
        spec = self.specs[name]
        if spec.null == ENCODER:
            return self.text_encoder.empty().repeat(batch)
        rows = getattr(self, _buffer(name))
        if rows is None:
            raise ValueError(
                f"this model takes {name} but lacks the encoding of the empty caption; "
                f"give {null_place(name)} dump/condition/null/{name}.npy when training"
            )
        if spec.null == ZEROS:
            rows = rows.expand(self._length(spec) if length is None else length, -1)
        return Condition.from_lengths(rows[None]).repeat(batch)

    def drop(self, conditions: Conditions) -> dict[str, Condition]:
        """Replace randomly dropped rows by null values, for a training step.

        Args:
            conditions: Conditions by name, B rows each.

        Returns:
            The conditions after dropout, by name.
        """
        dropped = dict(conditions)
        if not conditions:
            return dropped
        rows = len(next(iter(conditions.values())))
        kept = self._draw(rows, self.p_drop)
        for name, spec in self.specs.items():
            if name not in conditions:
                continue
            keep = kept
            if spec.p_drop is not None:
                keep = kept & self._draw(rows, spec.p_drop)
            if not keep.all():
                condition = conditions[name]
                null = self.null_of(name, 1, condition.mask.shape[1])
                dropped[name] = condition.where(keep, null)
        return dropped

    def _read(
        self, name: str, batch: Mapping[str, Any], utt_id: Sequence[str] | None
    ) -> Condition:
        """Return one condition of a batch; pool a patch grid."""
        condition = read_condition(name, batch, self.text_encoder)
        if not self.specs[name].patch_grid:
            return condition
        refuse_padding(name, condition.embedding, condition.lengths, utt_id)
        factor = self.pool_factor
        if self.training:
            # drawn on the CPU, whose state ESPnet sets at the start of each epoch
            factor = draw_factor(self.pool_factors)
        tokens = pool_to_tokens(condition.embedding, self.geometry, factor)
        return Condition.from_lengths(tokens)

    def _length(self, spec: ConditionSpec) -> int:
        """Return the number of positions of a null value of zeros."""
        return self.geometry.loa_tokens(self.pool_factor) if spec.patch_grid else 1

    def _draw(self, batch: int, p_drop: float) -> torch.Tensor:
        """Draw the clips that keep a condition, (B,)."""
        if self.per_batch:
            return draw_keep(1, p_drop).expand(batch)
        return draw_keep(batch, p_drop)


def _buffer(name: str) -> str:
    return f"null_{name}"


def _null_rows(spec: ConditionSpec) -> torch.Tensor | None:
    """Return the null value of a spec as a matrix, (n, D), if it is known."""
    if spec.null == ZEROS:
        return torch.zeros(1, spec.width)
    if isinstance(spec.null, str):
        return None
    return torch.tensor(spec.null, dtype=torch.float32, device="cpu")
