"""Interface of the frozen encoders of captions or sounds.

Shapes: B clips, L positions, T samples, D features. An encoder is deliberately no
``torch.nn.Module``, so that a model that has it as an attribute does not save, average
or train its weights. ``choices`` has all encoders.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar, Self

import torch

from espnet2.gen_audio.condition.condition import Condition

TEXT, AUDIO = "text", "audio"


class AbsFrozenEncoder(ABC):
    """Encode captions, sounds or both.

    Attributes:
        streams: Names of the streams that it can make; any if empty.
        sources: Inputs that it encodes, ``text`` or ``audio``, the default first.
        rate: Sampling rate of the sounds that it reads, in Hz.
        samples: Largest number of samples that it encodes; no limit if None.
    """

    streams: ClassVar[tuple[str, ...]] = ()
    sources: ClassVar[tuple[str, ...]] = (TEXT,)
    rate: ClassVar[int] = 48000
    samples: ClassVar[int | None] = None

    @classmethod
    @abstractmethod
    def of_stream(
        cls,
        name: str,
        stream: str,
        max_length: int,
        device: str,
        dtype: torch.dtype,
    ) -> Self:
        """Load the encoder of one stream.

        Args:
            name: Folder, ``package:...`` or Hugging Face name, or name in the table of
                encoders.
            stream: Name of the stream.
            max_length: Longest caption in tokens.
            device: Device of the encoder.
            dtype: Precision of its weights.

        Returns:
            The encoder.
        """

    def __call__(self, captions: Sequence[str]) -> Condition:
        """Encode captions.

        Args:
            captions: B captions; the empty string is allowed.

        Returns:
            The condition, (B, L, D).

        Raises:
            ValueError: If the encoder encodes sounds only.
        """
        raise ValueError(f"{type(self).__name__} encodes {self.sources}, no captions")

    def audio(
        self, wave: torch.Tensor, rate: int, lengths: torch.Tensor | None = None
    ) -> Condition:
        """Encode sounds.

        Args:
            wave: Samples, (B, T); shorter sounds are padded with silence.
            rate: Sampling rate in Hz.
            lengths: Number of samples of each sound, (B,); all T if None.

        Returns:
            The condition, (B, L, D).

        Raises:
            ValueError: If the encoder encodes captions only.
        """
        raise ValueError(f"{type(self).__name__} encodes {self.sources}, no sounds")
