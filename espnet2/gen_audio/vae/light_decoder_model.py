"""Train the light decoder of an autoencoder to decode as the original decodes.

Latents are drawn from the posteriors of the original's encoder, so that nothing but the
decoder is learnt. The mel that the original decodes from the same latent is the target
of all losses, the discriminator's too.

Shapes: B clips, T mel frames, M mel bands, latent (C, T', F').
"""

from collections.abc import Iterator
from typing import Any

import torch

from espnet2.gen_audio.vae.autoencoder import MelVAE
from espnet2.gen_audio.vae.espnet_model import ESPnetGANVAEModel


class ESPnetLightVAEModel(ESPnetGANVAEModel):
    """``ESPnetGANVAEModel`` whose target is the original's decoding of the latent.

    Args:
        *args: Arguments of ``ESPnetGANVAEModel``; the autoencoder is a ``LightMelVAE``.
        **kwargs: Its options.

    Raises:
        ValueError: If transformed latents are asked for.
    """

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        if self._equivariance is not None:
            raise ValueError(
                f"equivariance {kwargs.get('equivariance')} was given, but a light "
                "decoder learns the latents of its original as they are; remove it "
                "from model_conf"
            )
        self._original: tuple[MelVAE, ...] = ()  # in a tuple: it is not saved

    def learn_from(self, original: MelVAE, start: bool) -> None:
        """Set the original.

        Args:
            original: The trained autoencoder, changed in place: frozen.
            start: Whether to copy its encoder; else the encoder is only frozen.

        Raises:
            ValueError: If its encoder has other layers.
        """
        if start:
            self.vae.start_as(original)
        self.vae.freeze_encoder()
        self._original = (original.eval().requires_grad_(False),)

    def generator_parameters(self) -> Iterator[torch.nn.Parameter]:
        """Return the parameters of the first optimiser, those of the decoder."""
        return (weight for weight in self.vae.parameters() if weight.requires_grad)

    @torch.no_grad()
    def _target(self, mel: torch.Tensor, latent: torch.Tensor) -> torch.Tensor:
        """Return the original's decoding of the latent, (B, T, M)."""
        if not self._original:
            raise ValueError(
                f"--vae_teacher is missing, and this model has {len(self._original)} "
                "originals; give the experiment of the autoencoder whose decoder is "
                "to be learnt"
            )
        return self._original[0].to(latent.device).decode(latent)
