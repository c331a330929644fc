"""What a clip is trained and sampled with: LOA and text, or nothing in their place.

Shapes: B clips, P patches, L LOA tokens, n text tokens, D features.
The null LOA is zeros, the null text the encoding of the empty caption, as in the
published training. Each is dropped on its own coin and both on a common one, so that
LOA alone, text alone and neither are inputs the model knows.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import torch

from espnet2.gen_audio.audiomae.loa import pool_patches
from espnet2.gen_audio.conditioner.condition import Condition
from espnet2.gen_audio.conditioner.dropout import draw_keep
from espnet2.gen_audio.conditioner.units import END_ID
from espnet2.gen_audio.feats.clip import ClipGeometry


class LatentConditions(torch.nn.Module):
    """Make, pool and drop the conditions of the U-Net.

    Args:
        geometry: Lengths of a clip.
        loa_dim: Features of an LOA token.
        tokens_dim: Features of a text state; None for a model without text.
        loa_factor: Pooling factor outside training.
        loa_factors: Factors of which one is drawn for each training batch;
            ``loa_factor`` alone if None.
        null_tokens: Encoding of the empty caption, n rows of D numbers.
        text_encoder: Encoder of unit ids trained with the model; None if the text
            states are stored.
        p_drop_all: Chance of a clip to lose LOA and text together.
        p_drop_loa: Chance of a clip to lose its LOA.
        p_drop_tokens: Chance of a clip to lose its text.
        cfg_per_batch: Throw each coin once a batch, as the published training does.

    Raises:
        ValueError: If a factor does not fit the clip, or the null text the width.
    """

    def __init__(
        self,
        geometry: ClipGeometry,
        loa_dim: int,
        tokens_dim: int | None = None,
        loa_factor: int = 8,
        loa_factors: Sequence[int] | None = None,
        null_tokens: Sequence[Sequence[float]] | None = None,
        text_encoder: torch.nn.Module | None = None,
        p_drop_all: float = 0.1,
        p_drop_loa: float = 0.0,
        p_drop_tokens: float = 0.0,
        cfg_per_batch: bool = False,
    ):
        super().__init__()
        self.geometry = geometry
        self.loa_dim = loa_dim
        self.tokens_dim = tokens_dim
        self.loa_factor = loa_factor
        self.loa_factors = list(loa_factors or [loa_factor])
        for factor in (loa_factor, *self.loa_factors):
            geometry.pool_factors(factor)  # refuses what does not fit
        self.text_encoder = text_encoder
        self.p_drop_all = p_drop_all
        self.p_drop_loa = p_drop_loa
        self.p_drop_tokens = p_drop_tokens
        self.cfg_per_batch = cfg_per_batch
        # buffers for their device; what they hold stands in the config
        zero = torch.zeros(1, 1, loa_dim)
        self.register_buffer("zero_loa", zero, persistent=False)
        null = None if null_tokens is None else _null_matrix(null_tokens, tokens_dim)
        self.register_buffer("null_states", null, persistent=False)

    def pool(self, loa: torch.Tensor, factor: int) -> Condition:
        """Pool patch features to LOA tokens; pooled ones are taken as they are.

        Args:
            loa: Patch features (B, P, D), or LOA tokens of ``factor``, (B, L, D).
            factor: Pooling factor.

        Returns:
            LOA tokens, (B, L, D).

        Raises:
            ValueError: If the length is neither P nor L.
        """
        given, geometry = loa.shape[1], self.geometry
        length = geometry.loa_tokens(factor)
        if given == geometry.num_patches:
            grid = (geometry.time_patches, geometry.freq_patches)
            return Condition.from_lengths(
                pool_patches(loa, grid, geometry.pool_factors(factor))
            )
        if given != length:
            raise ValueError(
                f"LOA of {given} tokens was given; {geometry.num_patches} patches or "
                f"{length} tokens (factor {factor}) are accepted: dump without "
                "--loa_factor, or train with that one factor"
            )
        return Condition.from_lengths(loa)

    def draw_factor(self) -> int:
        """Return one batch's pooling factor: drawn in training, fixed otherwise."""
        if not self.training:
            return self.loa_factor
        # drawn on the CPU, whose state ESPnet sets at the start of each epoch
        drawn = int(torch.randint(len(self.loa_factors), ()).item())
        return self.loa_factors[drawn]

    def tokens_of(self, batch: Mapping[str, Any]) -> Condition | None:
        """Return the text states of a batch.

        Args:
            batch: With ``tokens`` (B, n, D) and ``tokens_lengths`` (B,), or, for a
                model with a text encoder, ``caption`` and ``caption_lengths``.

        Returns:
            The states; None for a model without text.

        Raises:
            ValueError: If the model wants text and the batch has none.
        """
        if self.tokens_dim is None:
            return None
        name = "tokens" if self.text_encoder is None else "caption"
        if batch.get(name) is None:
            raise ValueError(
                f"this model needs '{name}' in its data and got {sorted(batch)}; give "
                "it, or set tokens_dim of unet_conf to null to train on LOA alone"
            )
        if self.text_encoder is not None:
            return self.text_encoder(batch["caption"], batch["caption_lengths"])
        return Condition.from_lengths(batch["tokens"], batch["tokens_lengths"])

    def null_loa(self, batch: int, length: int | None = None) -> Condition:
        """Return the LOA that stands for 'none given': zeros.

        Args:
            batch: Number of clips B.
            length: Number of tokens; that of ``loa_factor`` if None.

        Returns:
            Zeros, (B, L, D), all of which count.
        """
        if length is None:
            length = self.geometry.loa_tokens(self.loa_factor)
        return Condition.from_lengths(self.zero_loa.expand(batch, length, -1))

    def null_tokens(self, batch: int) -> Condition | None:
        """Return the text that stands for 'none given': that of the empty caption.

        Args:
            batch: Number of clips B.

        Returns:
            Text states, (B, n, D); None for a model without text.

        Raises:
            ValueError: If the model was built without the null text's encoding.
        """
        if self.tokens_dim is None:
            return None
        if self.text_encoder is not None:
            end = torch.full((1, 1), END_ID, device=self.zero_loa.device)
            return self.text_encoder(end, torch.ones_like(end[0])).repeat(batch)
        if self.null_states is None:
            raise ValueError(
                "this model has text but no encoding of the empty caption; give "
                "--null_tokens dump/condition/null/tokens.npy when training it"
            )
        return Condition.from_lengths(self.null_states[None]).repeat(batch)

    def drop(
        self, loa: Condition, tokens: Condition | None
    ) -> tuple[Condition, Condition | None]:
        """Replace conditions by the null ones, by the coins of a training step.

        Args:
            loa: LOA tokens, (B, L, D).
            tokens: Text states, (B, n, D), or None.

        Returns:
            Both, with rows replaced.
        """
        both = self._coins(len(loa), self.p_drop_all)
        keep_loa = both & self._coins(len(loa), self.p_drop_loa)
        loa = loa.where(keep_loa, self.null_loa(1, loa.mask.shape[1]))
        if tokens is None:
            return loa, None
        keep_tokens = both & self._coins(len(tokens), self.p_drop_tokens)
        if not keep_tokens.all():
            tokens = tokens.where(keep_tokens, self.null_tokens(1))
        return loa, tokens

    def _coins(self, batch: int, drop_probability: float) -> torch.Tensor:
        if self.cfg_per_batch:
            return draw_keep(1, drop_probability).expand(batch)
        return draw_keep(batch, drop_probability)


def _null_matrix(
    rows: Sequence[Sequence[float]], tokens_dim: int | None
) -> torch.Tensor:
    """Return the null text as a matrix, (n, D)."""
    null = torch.tensor(rows, dtype=torch.float32, device="cpu")
    if null.dim() != 2 or null.shape[1] != tokens_dim or not null.isfinite().all():
        raise ValueError(
            f"null tokens of shape {tuple(null.shape)} do not fit tokens_dim "
            f"{tokens_dim}; a finite matrix (n, tokens_dim) is needed: dump it with "
            "the same text encoder as the training data"
        )
    return null
