"""Interface of the autoencoders of mel spectrograms.

Shapes: B clips, T mel frames, M mel bands, latent (C, T', F').
"""

from abc import ABC, abstractmethod

import torch

from espnet2.gen_audio.vae.posterior import kl_to_standard_normal


class AbsVAE(torch.nn.Module, ABC):
    """Encode mel spectrograms into latents, decode latents into mel spectrograms.

    The constructor of a subclass takes the ``ClipGeometry``, then keyword arguments,
    which are the keys of ``--vae_conf``.
    """

    @property
    @abstractmethod
    def last_weight(self) -> torch.Tensor:
        """Kernel of the decoder's last layer; see ``loss.adaptive_weight``."""

    @property
    def gain_direction(self) -> torch.Tensor | None:
        """Change of each latent channel if 1 is added to all log mel values, (C,).

        None if the autoencoder does not define it.
        """
        return None

    def start_from(self, moments: torch.Tensor | None) -> None:
        """Set weights that are computed from the mel blocks of the training data.

        It is called before training. By default, and if initial weights were loaded, it
        does nothing.

        Args:
            moments: Moments of the blocks, see ``mel_block_pca.read_moments``; None if
                they were not measured.
        """

    def kl(self, mean: torch.Tensor, log_variance: torch.Tensor) -> torch.Tensor:
        """Return the Kullback-Leibler divergence of posteriors to the prior.

        The default prior is the standard normal distribution.

        Args:
            mean: (B, C, T', F').
            log_variance: (B, C, T', F').

        Returns:
            Nats per latent element, ().
        """
        return kl_to_standard_normal(mean, log_variance)

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
