"""Mel autoencoder: log mel spectrogram to latent posterior and back.

Encoder: one level of residual blocks per entry of ``block_out_channels``, time and
frequency halved between levels, attention at the lowest level; the decoder mirrors it.
The network is diffusers' ``AutoencoderKL``, so that published weights load by name.

The latents of ``encode`` are not scaled. The factor that scales latents to a standard
deviation of 1 belongs to the diffusion model (``latent_scale`` in
``diffusion/espnet_model.py``).

Shapes: B clips, T mel frames, M mel bands, latent (C, T', F') with T' = T / downsample
and F' = M / downsample; published: (1024, 64) to (8, 256, 16).
Source: latent diffusion, arXiv:2112.10752; AudioLDM 2, arXiv:2308.05734.
"""

from collections.abc import Sequence

import torch

from espnet2.gen_audio.feats.clip import ClipGeometry
from espnet2.gen_audio.vae.abs_vae import AbsVAE
from espnet2.gen_audio.vae.posterior import split_moments


class MelVAE(AbsVAE):
    """Encode mel spectrograms into latents, decode latents into mel spectrograms.

    Args:
        geometry: Sizes of mel and latent.
        block_out_channels: Channels of each level. Time and frequency are halved
            between two levels, so a downsample of 4 needs three levels.
        layers_per_block: Residual blocks per level of the encoder; the decoder has one
            more per level.
        norm_num_groups: Groups of every group normalisation.
        mel_level: Number that is subtracted from log mels before the encoder and added
            after the decoder. 0 as published; with the mean of the data, a short
            training converges some hundred steps earlier.
        mel_std: Number by which log mels are divided before the encoder, after
            ``mel_level`` is subtracted; 1 as published.
    """

    def __init__(
        self,
        geometry: ClipGeometry,
        *,
        block_out_channels: Sequence[int] = (128, 256, 512),
        layers_per_block: int = 2,
        norm_num_groups: int = 32,
        mel_level: float = 0.0,
        mel_std: float = 1.0,
    ):
        super().__init__()
        self.downsample = geometry.downsample
        self.net = kl_autoencoder(
            geometry, block_out_channels, layers_per_block, norm_num_groups
        )
        self.mel_level = mel_level
        self.mel_std = mel_std

    @property
    def last_weight(self) -> torch.nn.Parameter:
        """Kernel of the decoder's last convolution; see ``loss.adaptive_weight``."""
        return self.net.get_parameter("decoder.conv_out.weight")

    def encode(self, mel: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the posterior of a mel spectrogram.

        Args:
            mel: Log mel spectrogram, (B, T, M).

        Returns:
            Mean and log-variance, (B, C, T', F') each.

        Raises:
            ValueError: If the number of frames or bands is no multiple of
                ``downsample``.
        """
        if mel.shape[1] % self.downsample or mel.shape[2] % self.downsample:
            raise ValueError(
                f"a mel spectrogram of {mel.shape[1]} x {mel.shape[2]} cannot be "
                f"encoded: both must be multiples of downsample {self.downsample}; "
                "pad or cut the clip to the geometry's length"
            )
        levelled = (mel - self.mel_level) / self.mel_std
        encoded = self.net.encode(levelled.unsqueeze(1))
        return split_moments(encoded.latent_dist.parameters)

    def decode(self, latent: torch.Tensor) -> torch.Tensor:
        """Return the mel spectrogram of a latent.

        Args:
            latent: Unscaled latent, (B, C, T', F').

        Returns:
            Log mel spectrogram, (B, T, M).
        """
        decoded = self.run_decoder(latent).squeeze(1)
        return self.mel_level + self.mel_std * decoded

    def run_decoder(self, latent: torch.Tensor) -> torch.Tensor:
        """Run the decoder network, without ``mel_level`` and ``mel_std``.

        ``accel`` overrides this method with a faster one that returns equal values.

        Args:
            latent: Unscaled latent, (B, C, T', F').

        Returns:
            Normalised log mel spectrogram, (B, 1, T, M).
        """
        return self.net.decode(latent).sample


def kl_autoencoder(
    geometry: ClipGeometry,
    channels: Sequence[int],
    layers: int,
    groups: int,
    attention: bool = True,
) -> torch.nn.Module:
    """Build the network of an autoencoder with newly initialised weights.

    Args:
        geometry: Sizes of the latent.
        channels: Channels of each level.
        layers: Residual blocks per level of the encoder.
        groups: Groups of every group normalisation.
        attention: Whether the middle of encoder and decoder has attention.

    Returns:
        ``AutoencoderKL`` of diffusers.

    Raises:
        ValueError: If the levels do not fit the geometry, or the groups the channels.
    """
    _check_levels(geometry, channels, groups)
    from diffusers import AutoencoderKL

    return AutoencoderKL(
        in_channels=1,
        out_channels=1,
        down_block_types=("DownEncoderBlock2D",) * len(channels),
        up_block_types=("UpDecoderBlock2D",) * len(channels),
        block_out_channels=tuple(channels),
        layers_per_block=layers,
        latent_channels=geometry.latent_channels,
        norm_num_groups=groups,
        mid_block_add_attention=attention,
    )


def _check_levels(
    geometry: ClipGeometry, block_out_channels: Sequence[int], norm_num_groups: int
) -> None:
    reached = 2 ** (len(block_out_channels) - 1)
    if reached != geometry.downsample:
        raise ValueError(
            f"block_out_channels {list(block_out_channels)} downsamples by {reached}, "
            f"but the geometry's downsample is {geometry.downsample}; give one width "
            "more than the number of halvings"
        )
    uneven = [width for width in block_out_channels if width % norm_num_groups]
    if uneven:
        raise ValueError(
            f"norm_num_groups {norm_num_groups} do not divide widths {uneven}; "
            "lower norm_num_groups or change block_out_channels"
        )
