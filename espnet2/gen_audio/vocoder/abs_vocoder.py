"""What a vocoder has to offer.

Shapes: B clips, T mel frames, M mel bands.
"""

from abc import ABC, abstractmethod
from typing import ClassVar

import torch


class AbsVocoder(torch.nn.Module, ABC):
    """Turn log mel spectrograms into waveforms.

    A subclass takes the ``ClipGeometry``, then its own arguments, which are the keys of
    ``--vocoder_conf``.

    Attributes:
        is_trained: Whether it has weights to learn; one without is named by its name in
            the table where others are named by a folder.
    """

    is_trained: ClassVar[bool] = True

    @abstractmethod
    def forward(self, mel: torch.Tensor, trim: bool = True) -> torch.Tensor:
        """Return the waveform of a log mel spectrogram.

        Args:
            mel: Log mel spectrogram as ``LogMel`` gives it, (B, T, M).
            trim: Cut what a network gives beyond T x hop samples; a vocoder without
                such a surplus ignores it.

        Returns:
            Waveform, (B, T x hop), with any surplus at its end where it is not cut;
            frame t stands around sample (t + 1/2) x hop.
        """

    def decode(self, mel: torch.Tensor, trim: bool = True) -> torch.Tensor:
        """Return the waveform of a log mel spectrogram of any precision.

        Args:
            mel: (B, T, M); brought to precision and device of the weights, if any.
            trim: As in ``forward``.

        Returns:
            Waveform, as ``forward`` gives it.
        """
        weight = next(self.parameters(), None)
        return self(mel if weight is None else mel.to(weight), trim)
