"""A small trainable text encoder over sentencepiece units.

Shapes: B captions, N units (padded to the longest), D features.
It is the choice for languages without a pre-trained sentence encoder: a pre-norm
transformer (arXiv:2002.04745) with learned positions, trained with the model that
listens to it.
"""

from collections.abc import Mapping
from typing import Any

import torch

from espnet2.gen_audio.conditioner.condition import Condition
from espnet2.gen_audio.conditioner.phoneme_options import rows_of
from espnet2.gen_audio.conditioner.phonemes import PhonemeEncoder
from espnet2.gen_audio.conditioner.units import TextUnits

CHOICES = ("none", "units", "phonemes")
DEFAULT_WIDTH = 256


class TextUnitEncoder(torch.nn.Module):
    """Encode unit ids into states.

    Args:
        vocabulary: Number of units.
        width: D of the states.
        layers: Transformer layers.
        heads: Attention heads; divides width.
        dropout: Chance of dropping an activation in training.
        max_positions: Longest caption in units; longer ones are cut.

    Attributes:
        stream: Name of the data that the encoder reads.

    Raises:
        ValueError: If heads do not divide the width.
    """

    stream = "caption"

    def __init__(
        self,
        vocabulary: int,
        width: int = DEFAULT_WIDTH,
        layers: int = 4,
        heads: int = 4,
        dropout: float = 0.1,
        max_positions: int = 256,
    ):
        super().__init__()
        if width % heads:
            raise ValueError(f"heads={heads} must divide width={width}")
        self.width = width
        self.vocabulary = vocabulary
        self.units = torch.nn.Embedding(vocabulary, width)
        self.positions = torch.nn.Embedding(max_positions, width)
        for table in (self.units, self.positions):
            torch.nn.init.normal_(table.weight, std=0.5)
        self.dropout = torch.nn.Dropout(dropout)
        layer = torch.nn.TransformerEncoderLayer(
            width,
            heads,
            dim_feedforward=4 * width,
            dropout=dropout,
            activation="gelu",
            batch_first=True,
            norm_first=True,
        )
        self.layers = torch.nn.TransformerEncoder(
            layer, layers, torch.nn.LayerNorm(width), enable_nested_tensor=False
        )

    def forward(self, ids: torch.Tensor, lengths: torch.Tensor) -> Condition:
        """Encode a batch of captions.

        Args:
            ids: Unit ids, padded with any valid id, (B, N).
            lengths: Units of each caption, at least 1, (B,).

        Returns:
            States with pads zeroed, (B, min(N, max_positions), D).

        Raises:
            ValueError: If an id lies outside the vocabulary.
        """
        if int(ids.max()) >= self.vocabulary:
            raise ValueError(
                f"caption holds unit {int(ids.max())}, but this encoder knows "
                f"{self.vocabulary} units; use the units it was trained with"
            )
        ids = ids[:, : self.positions.num_embeddings]
        steps = torch.arange(ids.shape[1], device=ids.device)
        valid = steps < lengths.to(ids.device)[:, None]
        states = self.dropout(self.units(ids) + self.positions(steps))
        states = self.layers(states, src_key_padding_mask=~valid)
        return Condition(states.masked_fill(~valid[:, :, None], 0.0), valid)


def build_text_encoder(
    config: Mapping[str, Any],
) -> TextUnitEncoder | PhonemeEncoder | None:
    """Build what the options ``text_encoder*`` of a task ask for.

    Args:
        config: With ``text_encoder`` (``none``, ``units`` or ``phonemes``),
            ``text_encoder_conf`` and, for units, ``units_model``
            (``TextUnits.to_text``), for phonemes ``phonemes_conf``.

    Returns:
        The encoder, or None.

    Raises:
        ValueError: If the choice is unknown, the units are missing, or the encoder has
            other rows than there are phonemes.
    """
    choice = config.get("text_encoder") or "none"
    if choice not in CHOICES:
        raise ValueError(f"text_encoder {choice!r} is unknown; use one of {CHOICES}")
    if choice == "none":
        return None
    if choice == "phonemes":
        conf, rows = config.get("text_encoder_conf") or {}, rows_of(config)
        return PhonemeEncoder(**conf | ({} if rows is None else {"vocabulary": rows}))
    if not config.get("units_model"):
        raise ValueError(
            "text_encoder units needs a sentencepiece model; make one with "
            "python -m espnet2.gen_audio.bin.train_text_units and give --units_model"
        )
    units = TextUnits.from_text(config["units_model"])
    return TextUnitEncoder(len(units), **(config.get("text_encoder_conf") or {}))
