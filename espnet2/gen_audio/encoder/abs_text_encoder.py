"""Interface of the text encoders that are trained with a model.

Shapes: B texts, N ids (padded to the longest), D features. An encoder also defines the
options of its vocabulary, the preprocessor that turns text into ids, and the states of
the empty text. ``choices`` has all encoders.
"""

import argparse
from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Mapping
from typing import Any, ClassVar, Self

import numpy as np
import torch

from espnet2.gen_audio.condition.condition import Condition

TEXT_STATES = "tokens"  # the condition of text, one position per token
Preprocessor = Callable[[str, dict[str, Any]], dict[str, str | np.ndarray]]


class AbsTextEncoder(torch.nn.Module, ABC):
    """Encode ids into states; trained with the model that attends to them.

    Attributes:
        condition: Name of the condition that it makes.
        stream: Name of the data that it reads.
        default_width: D if the config states none.
        speech: Whether it encodes transcripts of speech. If so, only the LOA language
            model uses it; the diffusion model is conditioned on LOA only.
        width: D.
    """

    condition: ClassVar[str] = TEXT_STATES
    stream: ClassVar[str]
    default_width: ClassVar[int]
    speech: ClassVar[bool] = False
    width: int

    @abstractmethod
    def forward(self, ids: torch.Tensor, lengths: torch.Tensor) -> Condition:
        """Encode a batch of texts.

        Args:
            ids: Ids, padded at the end, (B, N).
            lengths: Number of ids of each text, at least 1, (B,).

        Returns:
            States, zero at padding, (B, N, D).
        """

    @abstractmethod
    def empty(self) -> Condition:
        """Return the states of the empty text, (1, N, D)."""

    @classmethod
    @abstractmethod
    def add_arguments(cls, group: argparse._ArgumentGroup) -> None:
        """Add the options that choose the vocabulary.

        Args:
            group: Group of options of a task's parser.
        """

    @classmethod
    @abstractmethod
    def resolve(cls, args: argparse.Namespace, chosen: bool) -> None:
        """Store the vocabulary in the options, so that config.yaml needs no other file.

        This method is called for every encoder of the table, chosen or not, so that an
        encoder that is not chosen can refuse its own options.

        Args:
            args: Options, changed in place; a second call changes nothing.
            chosen: Whether the options choose this encoder.
        """

    @classmethod
    @abstractmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """Build the encoder of a config, with newly initialised weights.

        Args:
            config: Contents of config.yaml, with ``text_encoder_conf`` and the
                vocabulary.

        Returns:
            The encoder.
        """

    @classmethod
    @abstractmethod
    def build_preprocessor(cls, config: Mapping[str, Any], train: bool) -> Preprocessor:
        """Return the preprocessor that turns the text of one example into ids.

        Args:
            config: See ``from_config``.
            train: ESPnet's flag.

        Returns:
            The preprocessor.
        """

    @classmethod
    @abstractmethod
    def vocabulary_of(cls, config: Mapping[str, Any]) -> Hashable:
        """Return a value that is equal for configs whose ids mean the same tokens.

        Args:
            config: See ``from_config``.

        Returns:
            A value to compare.
        """
