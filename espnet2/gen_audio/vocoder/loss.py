"""Objective of the vocoder.

    generator       adversarial + 2 x feature matching + 45 x |mel - mel'| (+ STFT)
    discriminator   (D(x) - 1)^2 + D(x')^2, summed over all discriminators

Source: HiFi-GAN, arXiv:2010.05646, eq. 1 to 5, with ESPnet's losses. As published,
terms of discriminators and layers are summed, not averaged.
"""

from dataclasses import dataclass, fields

import torch
from espnet2.gan_tts.hifigan.loss import (
    DiscriminatorAdversarialLoss,
    FeatureMatchLoss,
    GeneratorAdversarialLoss,
)

from espnet2.gen_audio.vocoder.stft_loss import RESOLUTIONS, Resolutions

Outputs = list[list[torch.Tensor]]  # one list of feature maps per discriminator


@dataclass(frozen=True)
class VocoderLossWeights:
    """Weights of the terms; the defaults are the published ones.

    Args:
        mel_weight: Weight of the mean |mel - mel'|, natural logarithms.
        feature_weight: Weight of the feature matching.
        adversarial_weight: Weight of the adversarial term.
        stft_weight: Weight of the multi-resolution STFT loss.
        adversarial_start: Number of generator steps before adversarial training begins.
        stft_resolutions: Window and hop, in samples, of each STFT of the loss.

    Raises:
        ValueError: If a weight is negative, or a resolution is no pair of a window and
            a smaller hop.
    """

    mel_weight: float = 45.0
    feature_weight: float = 2.0
    adversarial_weight: float = 1.0
    stft_weight: float = 0.0
    adversarial_start: int = 0
    stft_resolutions: Resolutions = RESOLUTIONS

    def __post_init__(self) -> None:
        """Refuse negative weights and invalid resolutions."""
        for field in fields(self):
            value = getattr(self, field.name)
            if field.name != "stft_resolutions" and value < 0:
                raise ValueError(f"{field.name} is {value}, but must be 0 or more")
        for resolution in self.stft_resolutions:
            if len(resolution) != 2 or not 0 < resolution[1] < resolution[0]:
                raise ValueError(
                    f"stft_resolutions has {list(resolution)}, but must have pairs "
                    "of a window and a smaller hop, in samples"
                )


class AdversarialLosses(torch.nn.Module):
    """Least-squares adversarial losses and feature matching, summed as published."""

    def __init__(self):
        super().__init__()
        self._generator = GeneratorAdversarialLoss(average_by_discriminators=False)
        self._discriminator = DiscriminatorAdversarialLoss(
            average_by_discriminators=False
        )
        self._matching = FeatureMatchLoss(
            average_by_layers=False,
            average_by_discriminators=False,
            include_final_outputs=True,
        )

    def generator(self, fake: Outputs) -> torch.Tensor:
        """Return the generator's adversarial loss.

        Args:
            fake: Discriminators' outputs on generated waveforms.

        Returns:
            Sum over the discriminators, ().
        """
        return self._generator(fake)

    def features(self, fake: Outputs, real: Outputs) -> torch.Tensor:
        """Return the L1 distance of the discriminators' feature maps.

        Args:
            fake: Outputs on generated waveforms.
            real: Outputs on recordings.

        Returns:
            Sum over discriminators and layers, ().
        """
        return self._matching(fake, real)

    def discriminator(
        self, fake: Outputs, real: Outputs
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the discriminators' losses on recordings and on generated waveforms.

        Args:
            fake: Outputs on generated waveforms.
            real: Outputs on recordings.

        Returns:
            Loss on recordings and loss on generated waveforms, () each.
        """
        return self._discriminator(fake, real)
