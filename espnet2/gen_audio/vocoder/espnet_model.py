"""Train the vocoder and its discriminators in alternation.

Each call of ``forward`` computes the loss of either the vocoder or the discriminators.

Shapes: B segments, S samples (whole frames), T mel frames, M mel bands.
Source: HiFi-GAN, arXiv:2010.05646; the terms are in ``loss.py``.
"""

from collections.abc import Iterator
from typing import Any

import torch

from espnet2.gen_audio.adversarial_model import AdversarialModel, Turn
from espnet2.gen_audio.feats.clip import ClipGeometry
from espnet2.gen_audio.vocoder.abs_vocoder import AbsVocoder
from espnet2.gen_audio.vocoder.loss import AdversarialLosses, VocoderLossWeights
from espnet2.gen_audio.vocoder.stft_loss import MultiResolutionSTFTLoss


class ESPnetGANVocoderModel(AdversarialModel[torch.Tensor]):
    """Vocoder, its discriminators and their losses.

    Args:
        geometry: Sizes of the mel spectrogram.
        vocoder: The generator, the only part that is used after training.
        discriminator: Module that maps (B, 1, S) to a list of feature maps for each of
            its discriminators.
        weights: Weights of the loss terms.
    """

    def __init__(
        self,
        geometry: ClipGeometry,
        vocoder: AbsVocoder,
        discriminator: torch.nn.Module,
        weights: VocoderLossWeights,
    ):
        super().__init__(geometry, weights.adversarial_start)
        self.vocoder = vocoder
        self.discriminator = discriminator
        self.weights = weights
        self.adversarial = AdversarialLosses()
        self.stft = MultiResolutionSTFTLoss(weights.stft_resolutions)

    def generator_parameters(self) -> Iterator[torch.nn.Parameter]:
        """Return the parameters of the first optimiser."""
        return self.vocoder.parameters()

    def discriminator_parameters(self) -> Iterator[torch.nn.Parameter]:
        """Return the parameters of the second optimiser."""
        return self.discriminator.parameters()

    def decode(self, mel: torch.Tensor) -> torch.Tensor:
        """Return the waveform of a log mel spectrogram.

        Args:
            mel: (B, T, M).

        Returns:
            Waveform, (B, T x hop).
        """
        return self.vocoder(mel)

    def forward(
        self,
        audio: torch.Tensor,
        audio_lengths: torch.Tensor | None = None,
        forward_generator: bool = True,
        **kwargs: Any,
    ) -> dict[str, Any]:
        """Return the loss of one turn, see ``AdversarialModel``.

        Args:
            audio: Segments of whole frames, (B, S).
            audio_lengths: Unused: all segments have equal length.
            forward_generator: Whether to compute the loss of the generator; if False,
                the loss of the discriminators.
            **kwargs: ``utt_id``, unused.

        Returns:
            The dictionary that ESPnet's GAN trainer needs.

        Raises:
            ValueError: If a segment is not a whole number of frames.
        """
        if audio.shape[1] % self.geometry.hop:
            raise ValueError(
                f"a segment of {audio.shape[1]} samples is no whole number of frames; "
                f"it must be a multiple of hop {self.geometry.hop}"
            )
        return super().forward(audio, audio_lengths, forward_generator, **kwargs)

    def _generator_turn(self, audio: torch.Tensor) -> Turn:
        weights = self.weights
        generated, discriminators_count = self._generate_for_generator(audio)
        mel_l1 = (self.log_mel(generated) - self.log_mel(audio)).abs().mean()
        loss = weights.mel_weight * mel_l1
        stats = {"mel_l1": mel_l1.detach()}
        if weights.stft_weight:
            stft_loss = self.stft(generated, audio)
            loss = loss + weights.stft_weight * stft_loss
            stats["stft_loss"] = stft_loss.detach()
        if discriminators_count:
            fake = self.discriminator(generated.unsqueeze(1))
            with torch.no_grad():  # no gradient for the features of recordings
                real = self.discriminator(audio.unsqueeze(1))
            adversarial = self.adversarial.generator(fake)
            matching = self.adversarial.features(fake, real)
            loss = loss + weights.adversarial_weight * adversarial
            loss = loss + weights.feature_weight * matching
            stats["adversarial_loss"] = adversarial.detach()
            stats["feature_loss"] = matching.detach()
        stats["generator_loss"] = loss.detach()
        return loss, stats

    def _generate(self, audio: torch.Tensor) -> torch.Tensor:
        with torch.no_grad():
            mel = self.log_mel(audio).to(audio.dtype)
        return self.vocoder(mel)

    def _discriminator_losses(
        self, audio: torch.Tensor, generated: torch.Tensor
    ) -> Turn:
        real = self.discriminator(audio.unsqueeze(1))
        fake = self.discriminator(generated.detach().unsqueeze(1))
        real_loss, fake_loss = self.adversarial.discriminator(fake, real)
        loss = real_loss + fake_loss
        stats = {
            "discriminator_loss": loss.detach(),
            "real_loss": real_loss.detach(),
            "fake_loss": fake_loss.detach(),
        }
        return loss, stats
