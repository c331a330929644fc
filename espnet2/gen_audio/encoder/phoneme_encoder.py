"""The phoneme encoder of the speech models, trained with the language model.

Shapes: B texts, N phonemes (padded to the longest), D features.
Source: AudioLDM 2, arXiv:2308.05734, with the text encoder of VITS, arXiv:2106.06103:
attention with relative positions, layer norm after each residual sum. A learned table
of positions is added to the output of the encoder. The layers are those of
transformers.
"""

import argparse
from collections.abc import Hashable, Mapping
from typing import Any, NoReturn, Self

import torch

from espnet2.gen_audio.condition.condition import Condition
from espnet2.gen_audio.encoder.abs_text_encoder import AbsTextEncoder
from espnet2.gen_audio.encoder.sinusoidal import INITIAL_AMPLITUDE, sinusoids
from espnet2.gen_audio.text.phoneme_options import (
    add_phoneme_arguments,
    resolve_phonemes,
    rows_of,
)
from espnet2.gen_audio.text.phoneme_preprocessor import PhonemePreprocessor
from espnet2.gen_audio.text.phoneme_reader import PhonemeReader
from espnet2.gen_audio.text.published_phonemes import MAX_LENGTH, SYMBOLS

DEFAULT_WIDTH = 192


class PhonemeEncoder(AbsTextEncoder):
    """Encode phoneme ids into states.

    Args:
        vocabulary: Number of symbols.
        width: D of the states.
        layers: Transformer layers.
        heads: Attention heads; divides width.
        window: Largest relative position with its own embedding.
        inner: Features inside the feed-forward layers.
        kernel: Width of its convolutions.
        flow_width: Half the number of outputs of a projection that is not used, but is
            part of the published weights.
        max_positions: Rows of the position table, the longest text.
        dropout: Dropout probability of activations in training.
        sinusoidal_positions: Whether to initialise the table of positions with
            sinusoids instead of zeros.

    Raises:
        ValueError: If heads do not divide the width.
    """

    stream = "phonemes"
    default_width = DEFAULT_WIDTH
    speech = True

    def __init__(
        self,
        vocabulary: int = len(SYMBOLS),
        width: int = DEFAULT_WIDTH,
        layers: int = 6,
        heads: int = 2,
        window: int = 4,
        inner: int = 768,
        kernel: int = 3,
        flow_width: int = 192,
        max_positions: int = MAX_LENGTH,
        dropout: float = 0.1,
        sinusoidal_positions: bool = False,
    ):
        super().__init__()
        from transformers import VitsConfig
        from transformers.models.vits.modeling_vits import VitsTextEncoder

        if width % heads:
            raise ValueError(f"heads={heads} must divide width={width}")
        self.width = width
        self.vocabulary = vocabulary
        config = VitsConfig(
            vocab_size=vocabulary,
            hidden_size=width,
            num_hidden_layers=layers,
            num_attention_heads=heads,
            window_size=window,
            ffn_dim=inner,
            ffn_kernel_size=kernel,
            flow_size=flow_width,
            hidden_dropout=dropout,
            attention_dropout=dropout,
            activation_dropout=dropout,
            layerdrop=0.0,  # as published; transformers' default is not 0
            pad_token_id=0,
            attn_implementation="eager",  # VITS implements no other
        )
        self.net = VitsTextEncoder(config)
        table = torch.zeros(1, width, max_positions)
        if sinusoidal_positions:
            table[0] = (
                INITIAL_AMPLITUDE * sinusoids(torch.arange(max_positions), width).T
            )
        self.positions = torch.nn.Parameter(table)

    def forward(self, ids: torch.Tensor, lengths: torch.Tensor) -> Condition:
        """Encode a batch of phoneme texts.

        Args:
            ids: Symbol ids, padded at the end, (B, N).
            lengths: Phonemes of each text, at least 1, (B,).

        Returns:
            States, zero at padding, (B, N, D).

        Raises:
            ValueError: If a text is longer than the position table, or an id lies
                outside the vocabulary.
        """
        if ids.shape[1] > self.positions.shape[2]:
            raise ValueError(
                f"a text of {ids.shape[1]} phonemes was given, but there are "
                f"{self.positions.shape[2]} positions; split the text"
            )
        if int(ids.max()) >= self.vocabulary:
            raise ValueError(
                f"phonemes hold id {int(ids.max())}, but this encoder knows "
                f"{self.vocabulary} symbols; use the table it was trained with"
            )
        steps = torch.arange(ids.shape[1], device=ids.device)
        valid = steps < lengths.to(ids.device)[:, None]
        states = self.net(
            input_ids=ids.masked_fill(~valid, 0),
            padding_mask=valid[:, :, None].to(self.positions.dtype),
            attention_mask=valid.long(),
        ).last_hidden_state
        states = states + self.positions[:, :, : ids.shape[1]].transpose(1, 2)
        return Condition(states.masked_fill(~valid[:, :, None], 0.0), valid)

    def empty(self) -> NoReturn:
        """Refuse: speech models use no guidance, so none was trained without text.

        Raises:
            NotImplementedError: Always.
        """
        raise NotImplementedError(
            "phonemes have no unconditional value: only the LOA language model uses "
            "them, and it has no guidance"
        )

    @classmethod
    def add_arguments(cls, group: argparse._ArgumentGroup) -> None:
        """Add ``--g2p``, ``--cleaner``, ``--token_list`` and ``--phonemes_conf``.

        Args:
            group: Group of options of a task's parser.
        """
        add_phoneme_arguments(group)

    @classmethod
    def resolve(cls, args: argparse.Namespace, chosen: bool) -> None:
        """Store the tokens in the options and set the encoder's vocabulary size.

        Args:
            args: Options, changed in place.
            chosen: Whether the options choose this encoder.
        """
        resolve_phonemes(args, chosen)

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """Build the encoder of a config, with newly initialised weights.

        Args:
            config: A config with ``phonemes_conf`` and ``text_encoder_conf``.

        Returns:
            The encoder.
        """
        conf, rows = config.get("text_encoder_conf") or {}, rows_of(config)
        return cls(**conf | ({} if rows is None else {"vocabulary": rows}))

    @classmethod
    def build_preprocessor(
        cls, config: Mapping[str, Any], train: bool
    ) -> PhonemePreprocessor:
        """Return the preprocessor that turns phonemes into ids.

        Args:
            config: A config with ``phonemes_conf``.
            train: ESPnet's flag.

        Returns:
            The preprocessor.
        """
        reader = PhonemeReader.of_config(config)
        return PhonemePreprocessor(train, reader.vocabulary, reader.optional)

    @classmethod
    def vocabulary_of(cls, config: Mapping[str, Any]) -> Hashable:
        """Return the phonemes of a config, in the order of their ids."""
        return tuple(PhonemeReader.of_config(config).vocabulary.tokens)
