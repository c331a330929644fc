"""Mel autoencoder that starts as principal components of mel blocks.

The networks of ``MelVAE`` correct a linear path. Their last layers start at zero, so
that the first reconstruction is the linear one.

Shapes: B clips, T mel frames, M mel bands, latent (C, T', F').
"""

from typing import Any

import torch

from espnet2.gen_audio.feats.clip import ClipGeometry
from espnet2.gen_audio.vae.abs_vae import AbsVAE
from espnet2.gen_audio.vae.autoencoder import MelVAE
from espnet2.gen_audio.vae.linear_path import LinearPath


class LinearMelVAE(AbsVAE):
    """Linear path from mel blocks to the latent and back, corrected by networks.

    Args:
        geometry: Sizes of mel and latent.
        whitening: See ``LinearPath``: what the networks and the diffusion model see of
            the components' variances.
        initial_log_variance: Log-variance of the posterior before training.
        **conf: Arguments of ``MelVAE``.
    """

    def __init__(
        self,
        geometry: ClipGeometry,
        *,
        whitening: float = 0.5,
        initial_log_variance: float = -6.0,
        **conf: Any,
    ):
        super().__init__()
        self.linear = LinearPath(geometry, whitening)
        self.correction = MelVAE(geometry, **conf)
        net = self.correction.net
        for name in ("quant_conv", "decoder.conv_out"):
            torch.nn.init.zeros_(net.get_parameter(f"{name}.weight"))
            torch.nn.init.zeros_(net.get_parameter(f"{name}.bias"))
        with torch.no_grad():
            bias = net.get_parameter("quant_conv.bias")
            bias[geometry.latent_channels :] = initial_log_variance

    @property
    def last_weight(self) -> torch.nn.Parameter:
        """Kernel of the decoder's last convolution, where losses are balanced."""
        return self.correction.last_weight

    def start_from(self, moments: torch.Tensor | None) -> None:
        """Set the linear path, unless given weights have set it.

        Args:
            moments: Moments of the training data's blocks, (D + D^2,).

        Raises:
            ValueError: If they are needed and there are none.
        """
        if self.linear.is_fitted:
            return
        if moments is None:
            raise ValueError(
                f"{type(self).__name__} starts from the training data's mel blocks; "
                "measure them (--collect_stats true) and give --block_moments_stats"
            )
        self.linear.fit(moments)

    def encode(self, mel: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the posterior of a mel spectrogram.

        Args:
            mel: Log mel spectrogram, (B, T, M).

        Returns:
            Mean and log-variance, (B, C, T', F') each.
        """
        mean, log_variance = self.correction.encode(mel)
        return self.linear.encode(mel) + mean, log_variance

    def decode(self, latent: torch.Tensor) -> torch.Tensor:
        """Return the mel spectrogram of a latent.

        Args:
            latent: Unscaled latent, (B, C, T', F').

        Returns:
            Log mel spectrogram, (B, T, M).
        """
        corrected = self.correction.decode(latent) - self.correction.mel_level
        return self.linear.decode(latent) + corrected
