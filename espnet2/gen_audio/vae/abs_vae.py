"""Interface of the autoencoders of mel spectrograms.

Shapes: B clips, T mel frames, M mel bands, latent (C, T', F').
"""

from abc import ABC, abstractmethod

import torch


class AbsVAE(torch.nn.Module, ABC):
    """Encode mel spectrograms into latents, decode latents into mel spectrograms.

    The constructor of a subclass takes the ``ClipGeometry``, then keyword arguments,
    which are the keys of ``--vae_conf``.
    """

    @property
    @abstractmethod
    def last_weight(self) -> torch.nn.Parameter:
        """Kernel of the decoder's last layer; see ``loss.adaptive_weight``."""

    @abstractmethod
    def encode(self, mel: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the posterior of a mel spectrogram.

        Args:
            mel: Log mel spectrogram, (B, T, M).

        Returns:
            Mean and log-variance, (B, C, T', F') each.
        """

    @abstractmethod
    def decode(self, latent: torch.Tensor) -> torch.Tensor:
        """Return the mel spectrogram of a latent.

        Args:
            latent: Unscaled latent, (B, C, T', F').

        Returns:
            Log mel spectrogram, (B, T, M).
        """
