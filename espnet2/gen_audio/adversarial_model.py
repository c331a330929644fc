"""Base class of models with a generator and a discriminator, trained in alternation.

Shapes: B clips, S samples, T mel frames, M mel bands. ESPnet's GAN trainer calls a
model twice per batch: once for the optimiser of the generator, its turn, and once for
the optimiser of the discriminator. Both turns need the generator's output, which is
computed once.
"""

from abc import abstractmethod
from typing import Any, Generic, TypeVar

import torch
from espnet2.torch_utils.device_funcs import force_gatherable
from espnet2.train.abs_gan_espnet_model import AbsGANESPnetModel

from espnet2.gen_audio.feats.clip import ClipGeometry
from espnet2.gen_audio.feats.mel import LogMel

Generated = TypeVar("Generated")
Turn = tuple[torch.Tensor, dict[str, torch.Tensor]]  # loss and stats


class AdversarialModel(AbsGANESPnetModel, Generic[Generated]):
    """A generator, its discriminator and their losses; each call is one turn.

    A subclass registers the generator and ``discriminator``, and defines the
    generator's output for clips and the losses of each turn.

    Args:
        geometry: Sizes of clip and mel spectrogram.
        discriminator_start: Number of generator turns before the discriminator is used.
    """

    discriminator: torch.nn.Module

    def __init__(self, geometry: ClipGeometry, discriminator_start: int):
        super().__init__()
        self.geometry = geometry
        self.log_mel = LogMel(geometry)
        # float, because ESPnet cannot average integers over checkpoints
        self.register_buffer("generator_steps", torch.zeros(()))
        self._discriminator_start = discriminator_start
        self._cached: tuple[torch.Tensor, bool, Generated] | None = None

    def train(self, mode: bool = True) -> "AdversarialModel":
        """Switch between train and eval mode; drop the output cached between turns."""
        self._cached = None
        return super().train(mode)

    def forward(
        self,
        audio: torch.Tensor,
        audio_lengths: torch.Tensor | None = None,
        forward_generator: bool = True,
        **kwargs: Any,
    ) -> dict[str, Any]:
        """Return the loss of one turn.

        Args:
            audio: Clips of one length, (B, S).
            audio_lengths: Unused.
            forward_generator: Whether to compute the loss of the generator; if False,
                the loss of the discriminator.
            **kwargs: ``utt_id``, unused.

        Returns:
            ``loss``, ``stats``, ``weight`` (clips) and ``optim_idx`` (0 generator, 1
            discriminator), for ESPnet's GAN trainer.
        """
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
            audio_lengths: Samples of each clip, (B,).
            **kwargs: Unused.

        Returns:
            ``mel`` (B, T, M) and ``mel_lengths`` (B,).
        """
        mel = self.log_mel(audio)
        return {"mel": mel, "mel_lengths": audio_lengths // self.geometry.hop}

    @abstractmethod
    def _generate(self, audio: torch.Tensor) -> Generated:
        """Return the generator's output for clips, (B, S)."""

    @abstractmethod
    def _generator_turn(self, audio: torch.Tensor) -> Turn:
        """Return the generator's loss for clips, (B, S), and statistics to log."""

    @abstractmethod
    def _discriminator_losses(self, audio: torch.Tensor, generated: Generated) -> Turn:
        """Return the discriminator's loss for clips, (B, S), and generated ones."""

    def _generate_for_generator(self, audio: torch.Tensor) -> tuple[Generated, bool]:
        """Generate in the generator's turn, and count the turn.

        Args:
            audio: Clips, (B, S).

        Returns:
            The generator's output, and whether the discriminator is used in this turn.
        """
        generated = self._generate_once(audio, forward_generator=True)
        discriminator_counts = self._discriminator_counts()
        if self.training and torch.is_grad_enabled():
            self.generator_steps += 1
        return generated, discriminator_counts

    def _discriminator_turn(self, audio: torch.Tensor) -> Turn:
        if not self._discriminator_counts():
            # zero loss with gradients: distributed training waits for all gradients
            loss = 0.0 * sum(p.sum() for p in self.discriminator.parameters())
            return loss, {"discriminator_loss": loss.detach()}
        generated = self._generate_once(audio, forward_generator=False)
        return self._discriminator_losses(audio, generated)

    def _discriminator_counts(self) -> bool:
        return bool(self.generator_steps >= self._discriminator_start)

    def _generate_once(self, audio: torch.Tensor, forward_generator: bool) -> Generated:
        """Run the generator once for both turns of a batch."""
        cached, self._cached = self._cached, None
        if cached and cached[0] is audio and cached[1] is not forward_generator:
            return cached[2]
        generated = self._generate(audio)
        if self.training and torch.is_grad_enabled():
            self._cached = (audio, forward_generator, generated)
        return generated
