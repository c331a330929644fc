"""Mel autoencoder that is initialised with principal components of mel blocks.

The networks of ``MelVAE`` correct a linear path. Their last layers are initialised with
zeros, so that the first reconstruction is that of the linear path. Without the
networks, the autoencoder is a principal component analysis, and nothing is trained.

Whitening determines the scale of each latent channel, and thus the input of the
diffusion model. It does not affect the training of the autoencoder: the encoder's
correction and the variance of the posterior are in units of the log mel spectrogram,
the input of the decoder's correction is scaled to variance 1, and the prior of the KL
divergence has the variances of the channels.

Shapes: B clips, T mel frames, M mel bands, latent (C, T', F').
"""

import inspect
from typing import Any

import torch

from espnet2.gen_audio.choices import refuse_misfits
from espnet2.gen_audio.feats.clip import ClipGeometry
from espnet2.gen_audio.vae.abs_vae import AbsVAE
from espnet2.gen_audio.vae.autoencoder import MelVAE
from espnet2.gen_audio.vae.mel_block_pca import LinearPath
from espnet2.gen_audio.vae.posterior import kl_to_standard_normal


class LinearMelVAE(AbsVAE):
    """Linear path from mel blocks to the latent and back, corrected by networks.

    Args:
        geometry: Sizes of mel and latent.
        whitening: See ``LinearPath``; it determines the variances of the channels.
        initial_log_variance: Log-variance of the posterior before training, for
            components without whitening. With exp(-6), and 8 components for 64 values,
            the noise of a mel value has a standard deviation of 0.02.
        correction: Whether there are networks. Without networks, nothing is trained,
            the log-variance of the posterior is always ``initial_log_variance``, and
            ``conf`` has no effect.
        components: See ``LinearPath``.
        **conf: Arguments of ``MelVAE``.
    """

    def __init__(
        self,
        geometry: ClipGeometry,
        *,
        whitening: float = 0.5,
        initial_log_variance: float = -6.0,
        correction: bool = True,
        components: int | None = None,
        **conf: Any,
    ):
        super().__init__()
        # raises for unknown keys, which the networks otherwise refuse
        inspect.signature(MelVAE).bind(geometry, **conf)
        refuse_misfits(MelVAE, conf, "vae_conf")
        self.linear = LinearPath(geometry, whitening, components=components)
        self.initial_log_variance = initial_log_variance
        self.correction: MelVAE | None = None
        if not correction:
            return
        self.correction = MelVAE(geometry, **conf)
        net = self.correction.net
        for name in ("quant_conv", "decoder.conv_out"):
            torch.nn.init.zeros_(net.get_parameter(f"{name}.weight"))
            torch.nn.init.zeros_(net.get_parameter(f"{name}.bias"))
        with torch.no_grad():
            bias = net.get_parameter("quant_conv.bias")
            bias[geometry.latent_channels :] = initial_log_variance

    @property
    def last_weight(self) -> torch.Tensor:
        """Kernel of the decoder's last convolution; see ``loss.adaptive_weight``.

        Without networks, the synthesis matrix of the linear path.
        """
        if self.correction is None:
            return self.linear.synthesis
        return self.correction.last_weight

    @property
    def gain_direction(self) -> torch.Tensor:
        """Change of each component if 1 is added to all log mel values, (C,)."""
        return self.linear.analysis.sum(dim=1)

    def start_from(self, moments: torch.Tensor | None) -> None:
        """Set the linear path, unless initial weights have set it.

        Args:
            moments: Moments of the training data's blocks, (D + D^2,).

        Raises:
            ValueError: If moments are needed and not given.
        """
        if self.linear.is_fitted:
            return
        if moments is None:
            raise ValueError(
                f"{type(self).__name__} needs moments of the training data's blocks; "
                "measure them (--collect_stats true) and give --block_moments_stats"
            )
        self.linear.fit(moments)

    def kl(self, mean: torch.Tensor, log_variance: torch.Tensor) -> torch.Tensor:
        """Return the divergence from the normal distribution of the training data.

        This distribution has the variance of each component in the training data, so
        that the divergence does not depend on whitening.

        Args:
            mean: (B, C, T', F').
            log_variance: (B, C, T', F').

        Returns:
            Nats per latent element, ().
        """
        std = self.linear.prior_std
        return kl_to_standard_normal(mean / std, log_variance - 2.0 * std.log())

    def encode(self, mel: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the posterior of a mel spectrogram.

        Args:
            mel: Log mel spectrogram, (B, T, M).

        Returns:
            Mean and log-variance, (B, C, T', F') each.
        """
        mean, scale = self.linear.encode(mel), self.linear.scale
        if self.correction is None:
            log_variance = torch.full_like(mean, self.initial_log_variance)
        else:
            corrected, log_variance = self.correction.encode(mel)
            mean = mean + corrected / scale
        return mean, log_variance - 2.0 * scale.log()

    def decode(self, latent: torch.Tensor) -> torch.Tensor:
        """Return the mel spectrogram of a latent.

        Args:
            latent: Unscaled latent, (B, C, T', F').

        Returns:
            Log mel spectrogram, (B, T, M).
        """
        mel = self.linear.decode(latent)
        if self.correction is None:
            return mel
        # the network's output without ``mel_level``, which the linear path includes
        corrected = self.correction.decode(latent / self.linear.prior_std)
        return mel + (corrected - self.correction.mel_level)
