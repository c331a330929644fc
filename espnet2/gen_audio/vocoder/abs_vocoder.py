"""Interface of the vocoders.

Shapes: B clips, T mel frames, M mel bands.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

import torch


class AbsVocoder(torch.nn.Module, ABC):
    """Turn log mel spectrograms into waveforms.

    The constructor of a subclass takes the ``ClipGeometry``, then keyword arguments,
    which are the keys of ``--vocoder_conf``.

    Attributes:
        is_trained: Whether the vocoder has trained weights. A vocoder without weights
            is given to a command by its name, instead of a folder.
    """

    is_trained: ClassVar[bool] = True

    @abstractmethod
    def forward(self, mel: torch.Tensor, trim: bool = True) -> torch.Tensor:
        """Return the waveform of a log mel spectrogram.

        Args:
            mel: Log mel spectrogram of ``LogMel``, (B, T, M).
            trim: Whether to cut samples after T x hop, if the network returns more.

        Returns:
            Waveform, (B, T x hop) or, without ``trim``, possibly longer; frame t is
            centred at sample (t + 1/2) x hop.
        """

    def fold(self) -> dict[str, Any]:
        """Remove what only training needs, such as weight normalisation.

        The output does not change. By default, nothing is removed.

        Returns:
            Keys of ``vocoder_conf`` that change with it, and their new values.
        """
        return {}

    @classmethod
    def unfolded_conf(cls, conf: Mapping[str, Any]) -> dict[str, Any]:
        """Return the ``vocoder_conf`` with which a folded vocoder is trained further.

        Args:
            conf: ``vocoder_conf`` of the folded vocoder.

        Returns:
            By default an equal mapping.
        """
        return dict(conf)

    def folded_state(self) -> dict[str, torch.Tensor]:
        """Return the ``state_dict`` that this vocoder would have after ``fold``."""
        return self.state_dict()

    def load_folded(self, state: Mapping[str, torch.Tensor]) -> None:
        """Load weights of a folded vocoder, whether or not this one is folded.

        Args:
            state: Weights under the names of ``folded_state``.

        Raises:
            RuntimeError: If a name is missing or unknown, or a shape does not fit.
        """
        self.load_state_dict(state)

    def decode(
        self, mel: torch.Tensor, trim: bool = True, odd_padding: str | None = None
    ) -> torch.Tensor:
        """Return the waveform of a log mel spectrogram of any precision.

        Args:
            mel: (B, T, M), of any precision and device; converted to those of the
                weights.
            trim: See ``forward``.
            odd_padding: Rounding of the padding in layers where it is odd; None as in
                training. Only a vocoder with such layers uses it, see ``HiFiGAN``.

        Returns:
            Waveform, see ``forward``.
        """
        weight = next(self.parameters(), None)
        return self(mel if weight is None else mel.to(weight), trim)
