"""Interface of the vocoders.

Shapes: B clips, T mel frames, M mel bands.
"""

from abc import ABC, abstractmethod
from typing import ClassVar

import torch


class AbsVocoder(torch.nn.Module, ABC):
    """Turn log mel spectrograms into waveforms.

    The constructor of a subclass takes the ``ClipGeometry``, then keyword arguments,
    which are the keys of ``--vocoder_conf``.

    Attributes:
        is_trained: Whether the vocoder has trained weights. Where a command expects the
            folder of a vocoder, one without weights is given by its name instead.
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
            frame t is centred at sample (t + 1/2) x hop.
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
