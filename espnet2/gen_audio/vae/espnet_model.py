"""Train the mel autoencoder and its patch discriminator in alternation.

Each call of ``forward`` computes the loss of either the autoencoder or the
discriminator.

Shapes: B clips, S samples, T mel frames, M mel bands, latent (C, T', F').
Source: latent diffusion, arXiv:2112.10752; the terms are in ``loss.py``.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch

from espnet2.gen_audio.adversarial_model import AdversarialModel, Turn
from espnet2.gen_audio.feats.clip import ClipGeometry
from espnet2.gen_audio.vae.abs_vae import AbsVAE
from espnet2.gen_audio.vae.discriminator import PatchDiscriminator, hinge_loss
from espnet2.gen_audio.vae.equivariance import Equivariance, Transform
from espnet2.gen_audio.vae.loss import (
    VAELossWeights,
    adaptive_weight,
    reconstruction_loss,
)
from espnet2.gen_audio.vae.mel_block_pca import LinearPath, block_moments
from espnet2.gen_audio.vae.perceptual import feature_distance
from espnet2.gen_audio.vae.posterior import sample_posterior


@dataclass(frozen=True)
class Reconstruction:
    """Result of one pass through the autoencoder.

    Attributes:
        mel: Log mel spectrogram of the recording, transformed if the latent is, (B, T,
            M).
        decoded: Its reconstruction, (B, T, M).
        mean: Mean of the posterior, (B, C, T', F').
        log_variance: Log-variance of the posterior, (B, C, T', F').
    """

    mel: torch.Tensor
    decoded: torch.Tensor
    mean: torch.Tensor
    log_variance: torch.Tensor


class ESPnetGANVAEModel(AdversarialModel[Reconstruction]):
    """Mel autoencoder, its discriminator and their losses.

    Args:
        geometry: Sizes of clip, mel and latent.
        vae: The autoencoder, the only part that is used after training.
        discriminator: Classifies patches as real or reconstructed.
        weights: Weights of the loss terms.
        crop_frames: Mel frames of a random crop in training, a multiple of downsample;
            whole clips if None. Loss terms that are sums over a clip become smaller
            with shorter crops; the KL term, which is a mean, does not.
        equivariance: Arguments of ``Equivariance``, except the sizes. Some batches are
            then reconstructed from transformed latents, and reconstruction loss and
            discriminator use the transformed pairs. None: no transformed pairs.

    Raises:
        ValueError: If ``crop_frames`` or ``equivariance`` do not fit.
    """

    def __init__(
        self,
        geometry: ClipGeometry,
        vae: AbsVAE,
        discriminator: PatchDiscriminator,
        weights: VAELossWeights,
        crop_frames: int | None = None,
        equivariance: Mapping[str, Any] | None = None,
    ):
        _check_crop(crop_frames, geometry)
        super().__init__(geometry, weights.disc_start)
        self.vae = vae
        self.discriminator = discriminator
        self.weights = weights
        self.crop_frames = crop_frames
        self.baseline: LinearPath | None = None
        self._lpips = weights.lpips()
        self._equivariance: Equivariance | None = None
        if equivariance is not None:
            frames = crop_frames or geometry.mel_frames
            self._equivariance = Equivariance(geometry, frames, **equivariance)
            if self._equivariance.max_gain and vae.gain_direction is None:
                raise ValueError(
                    f"max_gain {self._equivariance.max_gain} needs an autoencoder that "
                    f"has a gain_direction, and {type(vae).__name__} does not; "
                    "leave max_gain at 0, or use linear_mel_vae"
                )

    def generator_parameters(self) -> Iterator[torch.nn.Parameter]:
        """Return the parameters of the first optimiser."""
        return self.vae.parameters()

    def discriminator_parameters(self) -> Iterator[torch.nn.Parameter]:
        """Return the parameters of the second optimiser."""
        return self.discriminator.parameters()

    def compare_with_linear(self, moments: torch.Tensor) -> None:
        """Measure the error of principal components of this size in validation.

        Args:
            moments: Moments of the training data's mel blocks, (D + D^2,).
        """
        self.baseline = LinearPath(self.geometry, persistent=False)
        self.baseline.fit(moments)

    def collect_feats(
        self, audio: torch.Tensor, audio_lengths: torch.Tensor, **kwargs: Any
    ) -> dict[str, torch.Tensor]:
        """Return features for ESPnet's statistics.

        Args:
            audio: (B, S).
            audio_lengths: Number of samples of each clip, (B,).
            **kwargs: Unused.

        Returns:
            ``mel`` (B, T, M), ``block_moments`` (B, 1, D + D^2), and their lengths.
        """
        feats = super().collect_feats(audio, audio_lengths, **kwargs)
        moments = block_moments(feats["mel"], self.geometry.downsample)
        feats["block_moments"] = moments.unsqueeze(1)
        feats["block_moments_lengths"] = torch.ones_like(audio_lengths)
        return feats

    def reconstruct(self, audio: torch.Tensor) -> Reconstruction:
        """Encode and decode clips.

        In train mode, random crops are encoded and a latent is drawn from the
        posterior. In eval mode, whole clips are encoded and the mean of the posterior
        is decoded.

        Args:
            audio: (B, S).

        Returns:
            The mel spectrogram, its reconstruction and the posterior.
        """
        with torch.no_grad():
            mel = self.log_mel(audio).to(audio.dtype)
        if self.training and self.crop_frames is not None:
            mel = _random_crops(mel, self.crop_frames)
        mean, log_variance = self.vae.encode(mel)
        latent = sample_posterior(mean, log_variance) if self.training else mean
        if self.training and self._equivariance is not None:
            mel, latent = self._transformed(self._equivariance.draw(), mel, latent)
        target = self._target(mel, latent)
        return Reconstruction(target, self.vae.decode(latent), mean, log_variance)

    def _target(self, mel: torch.Tensor, latent: torch.Tensor) -> torch.Tensor:
        """Return what the autoencoder is to decode from a latent, (B, T, M)."""
        return mel

    def _transformed(
        self, transform: Transform | None, mel: torch.Tensor, latent: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        if transform is None:
            return mel, latent
        return (
            transform.of_mel(mel, self.geometry.downsample),
            transform.of_latent(latent, self.vae.gain_direction),
        )

    def _validation_stats(self, result: Reconstruction) -> dict[str, torch.Tensor]:
        """Return the statistics of validation beside the losses."""
        stats = {}
        if self.baseline is not None:
            linear = self.baseline.decode(self.baseline.encode(result.mel))
            stats["linear_mel_l1"] = (result.mel - linear).abs().mean()
        if self._equivariance is not None and self._equivariance.scalings:
            errors = []
            for transform in self._equivariance.scalings:
                pair = self._transformed(transform, result.mel, result.mean)
                errors.append((pair[0] - self.vae.decode(pair[1])).abs().mean())
            stats["equivariance_l1"] = torch.stack(errors).mean()
        return stats

    def _generator_turn(self, audio: torch.Tensor) -> Turn:
        weights = self.weights
        result, adversarial_counts = self._generate_for_generator(audio)
        distance = self._perceptual_distance(result)
        reconstruction = reconstruction_loss(result.mel, result.decoded, distance)
        # weight of a shorter pair relative to the KL term, which is a mean
        pixels = result.mean[0, 0].numel() * self.geometry.downsample**2
        reconstruction = reconstruction * (pixels / result.mel[0].numel())
        kl = self.vae.kl(result.mean, result.log_variance)
        loss = reconstruction + weights.kl_weight * kl
        stats = {
            "reconstruction_loss": reconstruction.detach(),
            "kl": kl.detach(),
            "mel_l1": (result.mel - result.decoded).detach().abs().mean(),
        }
        if not self.training:
            stats |= self._validation_stats(result)
        if adversarial_counts:
            adversarial = -self.discriminator(result.decoded).mean()
            ratio = adaptive_weight(
                reconstruction, adversarial, self.vae.last_weight, len(audio)
            )
            loss = loss + weights.disc_weight * ratio * adversarial
            stats["adversarial_loss"] = adversarial.detach()
            stats["adaptive_weight"] = ratio
        if weights.normalisation == "mean":
            loss = loss / pixels
        stats["generator_loss"] = loss.detach()
        return loss, stats

    def _generate(self, audio: torch.Tensor) -> Reconstruction:
        return self.reconstruct(audio)

    def _discriminator_losses(
        self, audio: torch.Tensor, generated: Reconstruction
    ) -> Turn:
        real = self.discriminator(generated.mel)
        fake = self.discriminator(generated.decoded.detach())
        loss = hinge_loss(real, fake)
        stats = {
            "discriminator_loss": loss.detach(),
            "real_score": real.detach().mean(),
            "fake_score": fake.detach().mean(),
        }
        return loss, stats

    def _perceptual_distance(self, result: Reconstruction) -> torch.Tensor | None:
        if self.weights.perceptual == "none":
            return None
        if self._lpips is not None:
            distance = self._lpips(result.decoded, result.mel)
        else:
            distance = feature_distance(
                self.discriminator.features(result.decoded),
                self.discriminator.features(result.mel),
            )
        return self.weights.perceptual_weight * distance


def _random_crops(mel: torch.Tensor, frames: int) -> torch.Tensor:
    starts = torch.randint(mel.shape[1] - frames + 1, (len(mel),)).tolist()
    return torch.stack([m[s : s + frames] for m, s in zip(mel, starts)])


def _check_crop(crop_frames: int | None, geometry: ClipGeometry) -> None:
    if crop_frames is None:
        return
    whole = crop_frames % geometry.downsample == 0
    if not (whole and 0 < crop_frames <= geometry.mel_frames):
        raise ValueError(
            f"crop_frames {crop_frames} must be a multiple of downsample "
            f"{geometry.downsample} and at most {geometry.mel_frames}, the frames of a "
            "clip; change it in model_conf, or remove it to train on whole clips"
        )
