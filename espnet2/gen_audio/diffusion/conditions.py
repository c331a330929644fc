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
from espnet2.gen_audio.conditioner.condition import Condition, Conditions
from espnet2.gen_audio.conditioner.dropout import draw_keep
from espnet2.gen_audio.conditioner.units import END_ID
from espnet2.gen_audio.feats.clip import ClipGeometry


class LatentConditions(torch.nn.Module):
    """Make, pool and drop the conditions of the U-Net.

    Args:
        geometry: Lengths of a clip.
        loa_dim: Features of an LOA token; None for a model without LOA.
        tokens_dim: Features of a text state; None for a model without text.
        film_dim: Features of a sentence vector that the U-Net hears beside the step;
            None for a model without.
        loa_factor: Pooling factor outside training.
        loa_factors: Factors of which one is drawn for each training batch;
            ``loa_factor`` alone if None.
        null_tokens: Encoding of the empty caption, n rows of D numbers.
        null_sentence: Sentence vector of the empty caption, one row.
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
        loa_dim: int | None,
        tokens_dim: int | None = None,
        film_dim: int | None = None,
        loa_factor: int = 8,
        loa_factors: Sequence[int] | None = None,
        null_tokens: Sequence[Sequence[float]] | None = None,
        null_sentence: Sequence[Sequence[float]] | None = None,
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
        self.film_dim = film_dim
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
        zero = torch.zeros(1, 1, loa_dim or 0)
        self.register_buffer("zero_loa", zero, persistent=False)
        self.register_buffer("null_states", None, persistent=False)
        self.register_buffer("null_vector", None, persistent=False)
        if null_tokens is not None:
            self.set_null_tokens(null_tokens)
        if null_sentence is not None:
            self.set_null_sentence(null_sentence)

    def set_null_tokens(self, rows: Sequence[Sequence[float]] | torch.Tensor) -> None:
        """Say what the text encoder makes of the empty caption.

        Args:
            rows: Its states, (n, ``tokens_dim``).
        """
        null = _null_matrix(rows, self.tokens_dim, "tokens")
        self.null_states = null.to(self.zero_loa.device)

    def set_null_sentence(self, rows: Sequence[Sequence[float]] | torch.Tensor) -> None:
        """Say what the sentence encoder makes of the empty caption.

        Args:
            rows: Its vector, (1, ``film_dim``).
        """
        null = _null_matrix(rows, self.film_dim, "sentence")
        self.null_vector = null.to(self.zero_loa.device)

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
        encoder = self.text_encoder
        name = "tokens" if encoder is None else encoder.stream
        if batch.get(name) is None:
            raise ValueError(
                f"this model needs '{name}' in its data and got {sorted(batch)}; give "
                "it, or set tokens_dim of unet_conf to null to train on LOA alone"
            )
        if encoder is not None:
            return encoder(batch[name], batch[f"{name}_lengths"])
        return Condition.from_lengths(batch["tokens"], batch["tokens_lengths"])

    def sentence_of(self, batch: Mapping[str, Any]) -> Condition | None:
        """Return the sentence vectors of a batch.

        Args:
            batch: With ``sentence``, (B, 1, ``film_dim``).

        Returns:
            The vectors; None for a model that hears none beside the step.

        Raises:
            ValueError: If the model wants them and the batch has none.
        """
        if self.film_dim is None:
            return None
        if batch.get("sentence") is None:
            raise ValueError(
                f"this model needs 'sentence' in its data and got {sorted(batch)}; "
                "give it: film_dim of unet_conf is set"
            )
        return Condition.from_lengths(batch["sentence"])

    def null_loa(self, batch: int, length: int | None = None) -> Condition | None:
        """Return the LOA that stands for 'none given': zeros.

        Args:
            batch: Number of clips B.
            length: Number of tokens; that of ``loa_factor`` if None.

        Returns:
            Zeros, (B, L, D), all of which count; None for a model without LOA.
        """
        if self.loa_dim is None:
            return None
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

    def null_sentence(self, batch: int) -> Condition | None:
        """Return the sentence vector that stands for 'none given'.

        Args:
            batch: Number of clips B.

        Returns:
            That of the empty caption, (B, 1, ``film_dim``); None for a model that
            hears none beside the step.

        Raises:
            ValueError: If the model was built without it.
        """
        if self.film_dim is None:
            return None
        if self.null_vector is None:
            raise ValueError(
                "this model hears sentence vectors but has none of the empty caption; "
                "give --null_sentence dump/condition/null/sentence.npy"
            )
        return Condition.from_lengths(self.null_vector[None]).repeat(batch)

    @property
    def widths(self) -> dict[str, int]:
        """Width of every condition, by name."""
        dims = {"loa": self.loa_dim, "tokens": self.tokens_dim}
        dims["sentence"] = self.film_dim
        return {name: dim for name, dim in dims.items() if dim is not None}

    def of_batch(
        self, batch: Mapping[str, Any], loa: Condition | None = None
    ) -> dict[str, Condition]:
        """Return the conditions of a batch by name.

        Args:
            batch: Streams of text, see ``tokens_of`` and ``sentence_of``.
            loa: LOA tokens, (B, L, D); None for a model without LOA.

        Returns:
            Those that the model takes.
        """
        named = {"loa": loa, "tokens": self.tokens_of(batch)}
        named["sentence"] = self.sentence_of(batch)
        return {name: each for name, each in named.items() if each is not None}

    def null(self, batch: int) -> dict[str, Condition]:
        """Return what stands for every condition that is left out.

        Args:
            batch: Number of clips B.

        Returns:
            One for every condition that the model takes, B rows each.
        """
        named = {"loa": self.null_loa(batch), "tokens": self.null_tokens(batch)}
        named["sentence"] = self.null_sentence(batch)
        return {name: each for name, each in named.items() if each is not None}

    def drop(self, conditions: Conditions) -> dict[str, Condition]:
        """Replace conditions by the null ones, by the draws of a training step.

        Args:
            conditions: By name, B rows each.

        Returns:
            The same names, with rows replaced.
        """
        dropped = dict(conditions)
        rows = len(next(iter(conditions.values())))
        both = self._coins(rows, self.p_drop_all)
        if "loa" in conditions:
            loa = conditions["loa"]
            keep_loa = both & self._coins(rows, self.p_drop_loa)
            dropped["loa"] = loa.where(keep_loa, self.null_loa(1, loa.mask.shape[1]))
        if "tokens" in conditions:
            keep_tokens = both & self._coins(rows, self.p_drop_tokens)
            if not keep_tokens.all():
                null = self.null_tokens(1)
                dropped["tokens"] = conditions["tokens"].where(keep_tokens, null)
        if "sentence" in conditions and not both.all():
            null = self.null_sentence(1)
            dropped["sentence"] = conditions["sentence"].where(both, null)
        return dropped

    def _coins(self, batch: int, drop_probability: float) -> torch.Tensor:
        if self.cfg_per_batch:
            return draw_keep(1, drop_probability).expand(batch)
        return draw_keep(batch, drop_probability)


def _null_matrix(
    rows: Sequence[Sequence[float]] | torch.Tensor, dim: int | None, what: str
) -> torch.Tensor:
    """Return the encoding of the empty caption as a matrix, (n, D)."""
    null = torch.as_tensor(rows, dtype=torch.float32, device="cpu")
    if null.dim() != 2 or null.shape[1] != dim or not null.isfinite().all():
        raise ValueError(
            f"null {what} of shape {tuple(null.shape)} do not fit the model's width "
            f"{dim}; a finite matrix (n, width) is needed: dump it with the same text "
            "encoder as the training data"
        )
    return null
