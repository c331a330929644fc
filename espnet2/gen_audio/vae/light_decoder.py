"""A mel autoencoder with a light decoder, which is distilled from that of another.

The encoder, and thus the latent, is that of ``MelVAE``: a diffusion model of the one
works with the other, and published encoders fit. The decoder has fewer channels and no
attention, so that it needs about a tenth of the multiplications.

Shapes: B clips, T mel frames, M mel bands, latent (C, T', F').
Source: small decoders for published latents, the tiny autoencoders of image models
(github.com/madebyollin/taesd), here with the layers of the original decoder.
"""

from collections.abc import Sequence
from typing import Any

from espnet2.gen_audio.feats.clip import ClipGeometry
from espnet2.gen_audio.vae.autoencoder import MelVAE, kl_autoencoder

_FIRST = "post_quant_conv."  # weights of the decoder's first layer


class LightMelVAE(MelVAE):
    """Encode as ``MelVAE`` does, decode with fewer channels and without attention.

    Args:
        geometry: Sizes of mel and latent.
        decoder_channels: Channels of each level of the decoder, in the order of
            ``block_out_channels``; the published decoder has 128, 256 and 512.
        decoder_layers: Residual blocks per level, beside the one that every level of a
            decoder has.
        decoder_groups: Groups of the decoder's group normalisations.
        **conf: Arguments of ``MelVAE``, those of the original.
    """

    def __init__(
        self,
        geometry: ClipGeometry,
        *,
        decoder_channels: Sequence[int] = (40, 80, 160),
        decoder_layers: int = 2,
        decoder_groups: int = 8,
        **conf: Any,
    ):
        super().__init__(geometry, **conf)
        light = kl_autoencoder(
            geometry, decoder_channels, decoder_layers, decoder_groups, attention=False
        )
        self.net.decoder = light.decoder

    def start_as(self, original: MelVAE) -> None:
        """Copy the encoder of the original; it is trained no further.

        Args:
            original: The autoencoder whose decoder is to be learnt.

        Raises:
            ValueError: If its encoder has other layers, or another level of mels.
        """
        own, theirs = (
            {n: w for n, w in vae.net.state_dict().items() if not _of_decoder(n)}
            for vae in (self, original)
        )
        level = [(vae.mel_level, vae.mel_std) for vae in (self, original)]
        sizes = [{n: tuple(w.shape) for n, w in each.items()} for each in (own, theirs)]
        if sizes[0] != sizes[1] or level[0] != level[1]:
            raise ValueError(
                f"the encoder of the original has {len(theirs)} weights and mel level "
                f"and std {level[1]}, this one {len(own)} and {level[0]}, or they "
                "differ in shape; give the vae_conf of the original"
            )
        # the first layer of the decoder mixes the channels of the latent
        state = original.net.state_dict()
        theirs |= {n: w for n, w in state.items() if n.startswith(_FIRST)}
        self.net.load_state_dict(theirs, strict=False)
        self.freeze_encoder()

    def freeze_encoder(self) -> None:
        """Train the decoder only."""
        for name, weight in self.net.named_parameters():
            weight.requires_grad_(_of_decoder(name))


def _of_decoder(name: str) -> bool:
    """Tell whether a weight of the network belongs to the decoder."""
    return name.startswith(("decoder.", _FIRST))
