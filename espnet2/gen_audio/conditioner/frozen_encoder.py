"""Interface of the frozen encoders of captions or sounds.

Shapes: B clips, L positions, T samples, D features.
An encoder is deliberately no ``torch.nn.Module``: a model that holds it neither saves,
averages nor trains its weights. ``encoders`` is the table of all.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar, Self

import torch

from espnet2.gen_audio.conditioner.condition import Condition

TEXT, AUDIO = "text", "audio"


class AbsFrozenEncoder(ABC):
    """Encode captions, sounds or both.

    Attributes:
        streams: Names of the streams that it can make; any if empty.
        sources: What it encodes, ``text`` or ``audio``, the usual one first.
        rate: Sampling rate of the sounds that it reads, in Hz.
        samples: Number of samples that it encodes; all if None.
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
            name: Folder, ``package:...`` or Hugging Face name, or its own in the table.
            stream: Name of the stream.
            max_length: Longest caption in tokens.
            device: Where the encoder runs.
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
            ValueError: If it encodes sounds only.
        """
        raise ValueError(f"{type(self).__name__} encodes {self.sources}, no captions")

    def audio(
        self, wave: torch.Tensor, rate: int, lengths: torch.Tensor | None = None
    ) -> Condition:
        """Encode sounds.

        Args:
            wave: Samples, silence at the end of shorter sounds, (B, T).
            rate: Sampling rate in Hz.
            lengths: Samples of each sound, (B,); all T if None.

        Returns:
            The condition, (B, L, D).

        Raises:
            ValueError: If it encodes captions only.
        """
        raise ValueError(f"{type(self).__name__} encodes {self.sources}, no sounds")
