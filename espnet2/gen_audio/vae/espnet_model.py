"""Train the mel autoencoder and its patch discriminator in alternation.

Each call of ``forward`` computes the loss of one of the two, its turn.

Shapes: B clips, S samples, T mel frames, M mel bands, latent (C, T', F').
Source: latent diffusion, arXiv:2112.10752; the terms are in ``loss.py``.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import torch

from espnet2.gen_audio.adversarial_model import AdversarialModel, Turn
from espnet2.gen_audio.feats.clip import ClipGeometry
from espnet2.gen_audio.vae.abs_vae import AbsVAE
from espnet2.gen_audio.vae.discriminator import PatchDiscriminator, hinge_loss
from espnet2.gen_audio.vae.loss import (
    VAELossWeights,
    adaptive_weight,
    reconstruction_loss,
)
from espnet2.gen_audio.vae.perceptual import feature_distance
from espnet2.gen_audio.vae.posterior import kl_to_standard_normal, sample_posterior


@dataclass(frozen=True)
class Reconstruction:
    """Result of one pass through the autoencoder.

    Attributes:
        mel: Log mel spectrogram of the recording, (B, T, M).
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
        vae: The autoencoder, the part that is used after training.
        discriminator: Classifies patches as real or reconstructed.
        weights: Weights of the loss terms.
        crop_frames: Mel frames of a random crop in training, a multiple of downsample;
            whole clips if None. Terms that are summed over a clip shrink with it, the
            KL term, which is a mean, does not.
    """

    def __init__(
        self,
        geometry: ClipGeometry,
        vae: AbsVAE,
        discriminator: PatchDiscriminator,
        weights: VAELossWeights,
        crop_frames: int | None = None,
    ):
        _check_crop(crop_frames, geometry)
        super().__init__(geometry, weights.disc_start)
        self.vae = vae
        self.discriminator = discriminator
        self.weights = weights
        self.crop_frames = crop_frames
        self._lpips = weights.lpips()

    def generator_parameters(self) -> Iterator[torch.nn.Parameter]:
        """Return what the first optimiser trains."""
        return self.vae.parameters()

    def discriminator_parameters(self) -> Iterator[torch.nn.Parameter]:
        """Return what the second optimiser trains."""
        return self.discriminator.parameters()

    def reconstruct(self, audio: torch.Tensor) -> Reconstruction:
        """Encode and decode clips.

        In training, random crops are encoded and a latent is drawn from the posterior;
        in eval mode, whole clips are encoded and the posterior's mean is decoded.

        Args:
            audio: (B, S).

        Returns:
            The mel spectrogram, its reconstruction and the posterior.
        """
        with torch.no_grad():
            mel = self.log_mel(audio)
        if self.training and self.crop_frames is not None:
            mel = _random_crops(mel, self.crop_frames)
        mean, log_variance = self.vae.encode(mel)
        latent = sample_posterior(mean, log_variance) if self.training else mean
        return Reconstruction(mel, self.vae.decode(latent), mean, log_variance)

    def _generator_turn(self, audio: torch.Tensor) -> Turn:
        weights = self.weights
        result, adversarial_counts = self._generate_for_generator(audio)
        distance = self._perceptual_distance(result)
        reconstruction = reconstruction_loss(result.mel, result.decoded, distance)
        kl = kl_to_standard_normal(result.mean, result.log_variance)
        loss = reconstruction + weights.kl_weight * kl
        stats = {
            "reconstruction_loss": reconstruction.detach(),
            "kl": kl.detach(),
            "mel_l1": (result.mel - result.decoded).detach().abs().mean(),
        }
        if adversarial_counts:
            adversarial = -self.discriminator(result.decoded).mean()
            ratio = adaptive_weight(reconstruction, adversarial, self.vae.last_weight)
            loss = loss + weights.disc_weight * ratio * adversarial
            stats["adversarial_loss"] = adversarial.detach()
            stats["adaptive_weight"] = ratio
        if weights.normalisation == "mean":
            loss = loss / result.mel[0].numel()
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
            "clip; change model_conf or leave it out to train on whole clips"
        )
