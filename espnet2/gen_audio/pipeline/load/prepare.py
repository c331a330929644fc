"""What makes loaded parts fast at inference, in one place."""

import torch

from espnet2.gen_audio.diffusion.espnet_model import ESPnetLatentDiffusionModel
from espnet2.gen_audio.loa_lm.espnet_model import ESPnetLOALMModel
from espnet2.gen_audio.vae.autoencoder import MelVAE
from espnet2.gen_audio.vocoder.fast_generator import lay_out
from espnet2.gen_audio.vocoder.hifi_gan import HiFiGAN


def prepare_parts(*parts: torch.nn.Module | None) -> None:
    """Prepare parts for inference; results are the same but for rounding.

    Args:
        *parts: Loaded parts, changed in place; None and others are left alone.
    """
    for part in parts:
        if isinstance(part, ESPnetLOALMModel):
            part.lm.lay_out()
        elif isinstance(part, ESPnetLatentDiffusionModel):
            part.unet.lay_out()
        elif isinstance(part, MelVAE):
            part.lay_out()
        elif isinstance(part, HiFiGAN):
            lay_out(part.net)
