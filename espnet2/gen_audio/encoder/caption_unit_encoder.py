"""A small trainable text encoder over sentencepiece units.

Shapes: B captions, N units (padded to the longest), D features. It is meant for
languages without a pre-trained sentence encoder. It is a pre-norm transformer
(arXiv:2002.04745) with learned positions, trained with the model that attends to it.
"""

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import torch

from espnet2.gen_audio.condition.condition import Condition
from espnet2.gen_audio.encoder.abs_text_encoder import AbsTextEncoder
from espnet2.gen_audio.text.caption_preprocessor import CaptionPreprocessor
from espnet2.gen_audio.text.caption_units import END_ID, TextUnits

DEFAULT_WIDTH = 256


class TextUnitEncoder(AbsTextEncoder):
    """Encode unit ids into states.

    Args:
        vocabulary: Number of units.
        width: D of the states.
        layers: Transformer layers.
        heads: Attention heads; divides width.
        dropout: Dropout probability of activations in training.
        max_positions: Longest caption in units; longer captions are cut.

    Raises:
        ValueError: If heads do not divide the width.
    """

    stream = "caption"
    default_width = DEFAULT_WIDTH

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
            lengths: Number of units of each caption, at least 1, (B,).

        Returns:
            States, zero at padding, (B, min(N, max_positions), D).

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

    def empty(self) -> Condition:
        """Return the states of the empty caption, which is the end unit, (1, 1, D)."""
        end = torch.full((1, 1), END_ID, device=self.units.weight.device)
        return self(end, torch.ones_like(end[0]))

    @classmethod
    def add_arguments(cls, group: argparse._ArgumentGroup) -> None:
        """Add ``--units_model``.

        Args:
            group: Group of options of a task's parser.
        """
        group.add_argument(
            "--units_model",
            default=None,
            help="Folder or file that train_text_units wrote; config.yaml stores its "
            "content.",
        )

    @classmethod
    def resolve(cls, args: argparse.Namespace, chosen: bool) -> None:
        """Replace the path of the units by their content.

        Args:
            args: Options, changed in place.
            chosen: Unused: units have no effect if the encoder is not chosen.
        """
        if args.units_model is not None:
            args.units_model = _content_of(args.units_model)

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """Build the encoder of a config, with newly initialised weights.

        Args:
            config: A config with ``units_model`` (``TextUnits.to_text``) and
                ``text_encoder_conf``.

        Returns:
            The encoder.
        """
        units = _units_of(config)
        return cls(len(units), **(config.get("text_encoder_conf") or {}))

    @classmethod
    def build_preprocessor(
        cls, config: Mapping[str, Any], train: bool
    ) -> CaptionPreprocessor:
        """Return the preprocessor that turns captions into unit ids.

        Args:
            config: A config with ``units_model``.
            train: ESPnet's flag.

        Returns:
            The preprocessor.
        """
        return CaptionPreprocessor(train, _units_of(config))

    @classmethod
    def vocabulary_of(cls, config: Mapping[str, Any]) -> str | None:
        """Return the units of a config as text."""
        return config.get("units_model")


def _units_of(config: Mapping[str, Any]) -> TextUnits:
    """Return the units that a config holds."""
    if not config.get("units_model"):
        raise ValueError(
            "text_encoder units needs a sentencepiece model, but units_model is "
            f"{config.get('units_model')!r}; make one with "
            "python -m espnet2.gen_audio.bin.train_text_units and give --units_model"
        )
    return TextUnits.from_text(config["units_model"])


def _content_of(units_model: str) -> str:
    """Return the text form of units that are given as text or as a path."""
    try:
        return TextUnits.from_text(units_model).to_text()
    except ValueError:
        path = Path(units_model)  # no text form, so a path
    if not path.exists():
        raise FileNotFoundError(
            f"units model {units_model} does not exist; make it with "
            "python -m espnet2.gen_audio.bin.train_text_units"
        )
    return TextUnits.from_file(path).to_text()
