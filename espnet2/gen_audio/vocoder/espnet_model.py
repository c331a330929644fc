"""Train the vocoder and its discriminators in alternation.

Each call of ``forward`` computes the loss of one of the two, its turn.

Shapes: B segments, S samples (whole frames), T mel frames, M mel bands.
Source: HiFi-GAN, arXiv:2010.05646; the terms are in ``loss.py``.
"""

from collections.abc import Iterator
from typing import Any

import torch
from espnet2.torch_utils.device_funcs import force_gatherable
from espnet2.train.abs_gan_espnet_model import AbsGANESPnetModel

from espnet2.gen_audio.feats.clip import ClipGeometry
from espnet2.gen_audio.feats.mel import LogMel
from espnet2.gen_audio.vocoder.abs_vocoder import AbsVocoder
from espnet2.gen_audio.vocoder.loss import AdversarialLosses, VocoderLossWeights
from espnet2.gen_audio.vocoder.stft_loss import MultiResolutionSTFTLoss


class ESPnetGANVocoderModel(AbsGANESPnetModel):
    """Vocoder, its discriminators and their losses.

    Args:
        geometry: Sizes of the mel spectrogram.
        vocoder: The generator, the part that is used after training.
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
        super().__init__()
        self.geometry = geometry
        self.log_mel = LogMel(geometry)
        self.vocoder = vocoder
        self.discriminator = discriminator
        self.weights = weights
        self.adversarial = AdversarialLosses()
        self.stft = MultiResolutionSTFTLoss()
        # float, because averaging checkpoints fails on integers
        self.register_buffer("generator_steps", torch.zeros(()))
        self._cached: tuple[torch.Tensor, bool, torch.Tensor] | None = None

    def generator_parameters(self) -> Iterator[torch.nn.Parameter]:
        """Return what the first optimiser trains."""
        return self.vocoder.parameters()

    def discriminator_parameters(self) -> Iterator[torch.nn.Parameter]:
        """Return what the second optimiser trains."""
        return self.discriminator.parameters()

    def train(self, mode: bool = True) -> "ESPnetGANVocoderModel":
        """Switch between train and eval mode; drop the pass cached between turns."""
        self._cached = None
        return super().train(mode)

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
        """Return the loss of one turn.

        Args:
            audio: Segments of whole frames, (B, S).
            audio_lengths: Unused, segments are of one length.
            forward_generator: Whether the generator's loss is computed, else the
                discriminators'.
            **kwargs: ``utt_id``, unused.

        Returns:
            ``loss``, ``stats``, ``weight`` (segments) and ``optim_idx`` (0 generator,
            1 discriminator), as ESPnet's GAN trainer takes them.

        Raises:
            ValueError: If a segment is not a whole number of frames.
        """
        if audio.shape[1] % self.geometry.hop:
            raise ValueError(
                f"a segment of {audio.shape[1]} samples is no whole number of frames; "
                f"it must be a multiple of hop {self.geometry.hop}"
            )
        turn = self._generator_turn if forward_generator else self._discriminator_turn
        loss, stats = turn(audio)
        loss, stats, weight = force_gatherable((loss, stats, len(audio)), loss.device)
        return {
            "loss": loss,
            "stats": stats,
            "weight": weight,
            "optim_idx": 0 if forward_generator else 1,
        }

    def collect_feats(
        self, audio: torch.Tensor, audio_lengths: torch.Tensor, **kwargs: Any
    ) -> dict[str, torch.Tensor]:
        """Return mel spectrograms for ESPnet's statistics.

        Args:
            audio: (B, S).
            audio_lengths: Samples of each segment, (B,).
            **kwargs: Unused.

        Returns:
            ``mel`` (B, T, M) and ``mel_lengths`` (B,).
        """
        mel = self.log_mel(audio)
        return {"mel": mel, "mel_lengths": audio_lengths // self.geometry.hop}

    def _generator_turn(
        self, audio: torch.Tensor
    ) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
        weights = self.weights
        generated = self._generate_once(audio, forward_generator=True)
        discriminators_count = self._discriminators_count()
        if self.training and torch.is_grad_enabled():
            self.generator_steps += 1
        mel_l1 = (self.log_mel(generated) - self.log_mel(audio)).abs().mean()
        loss = weights.mel_weight * mel_l1
        stats = {"mel_l1": mel_l1.detach()}
        if weights.stft_weight:
            stft_loss = self.stft(generated, audio)
            loss = loss + weights.stft_weight * stft_loss
            stats["stft_loss"] = stft_loss.detach()
        if discriminators_count:
            fake = self.discriminator(generated.unsqueeze(1))
            with torch.no_grad():  # recordings are a fixed target here
                real = self.discriminator(audio.unsqueeze(1))
            adversarial = self.adversarial.generator(fake)
            matching = self.adversarial.features(fake, real)
            loss = loss + weights.adversarial_weight * adversarial
            loss = loss + weights.feature_weight * matching
            stats["adversarial_loss"] = adversarial.detach()
            stats["feature_loss"] = matching.detach()
        stats["generator_loss"] = loss.detach()
        return loss, stats

    def _discriminator_turn(
        self, audio: torch.Tensor
    ) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
        if not self._discriminators_count():
            # zero, but with gradients: distributed training waits for all of them
            loss = 0.0 * sum(p.sum() for p in self.discriminator.parameters())
            return loss, {"discriminator_loss": loss.detach()}
        generated = self._generate_once(audio, forward_generator=False).detach()
        real = self.discriminator(audio.unsqueeze(1))
        fake = self.discriminator(generated.unsqueeze(1))
        real_loss, fake_loss = self.adversarial.discriminator(fake, real)
        loss = real_loss + fake_loss
        stats = {
            "discriminator_loss": loss.detach(),
            "real_loss": real_loss.detach(),
            "fake_loss": fake_loss.detach(),
        }
        return loss, stats

    def _discriminators_count(self) -> bool:
        return bool(self.generator_steps >= self.weights.adversarial_start)

    def _generate_once(
        self, audio: torch.Tensor, forward_generator: bool
    ) -> torch.Tensor:
        """Run the vocoder once for both turns of a batch."""
        cached, self._cached = self._cached, None
        if cached and cached[0] is audio and cached[1] is not forward_generator:
            return cached[2]
        with torch.no_grad():
            mel = self.log_mel(audio)
        generated = self.vocoder(mel)
        if self.training and torch.is_grad_enabled():
            self._cached = (audio, forward_generator, generated)
        return generated
