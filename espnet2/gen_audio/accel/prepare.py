"""The one call that makes parts of a system faster at inference.

A prepared model is of a subclass of its class that overrides one method. Its tensors,
their names and its configuration stay as they are; gradients and training go through
the method of the plain class, so that both can be compared.
"""

from collections.abc import Callable
from typing import Any

import torch

from espnet2.gen_audio.accel.cached_gpt2 import prepare_loa_lm
from espnet2.gen_audio.accel.fast_hifi_gan import prepare_vocoder
from espnet2.gen_audio.accel.fast_vae_decoder import prepare_vae
from espnet2.gen_audio.accel.predictors import prepare_unet
from espnet2.gen_audio.diffusion.unet import ConditionalUNet
from espnet2.gen_audio.loa_lm.lm import LOALanguageModel
from espnet2.gen_audio.vae.autoencoder import MelVAE
from espnet2.gen_audio.vocoder.hifi_gan import HiFiGAN

# By exact class: a subclass may compute something else than what replaces it here.
PREPARATIONS: dict[type, Callable[[Any], None]] = {
    LOALanguageModel: prepare_loa_lm,
    ConditionalUNet: prepare_unet,
    MelVAE: prepare_vae,
    HiFiGAN: prepare_vocoder,
}


def prepare(*parts: torch.nn.Module | None) -> None:
    """Prepare parts for inference; the results are the same but for rounding.

    A model without a faster form stays as it is, and so does one that is prepared.

    Args:
        *parts: Parts of a system, in eval mode, changed in place; models are also
            found inside of others. None is skipped.
    """
    for part in parts:
        for model in [] if part is None else list(part.modules()):
            if type(model) in PREPARATIONS:
                PREPARATIONS[type(model)](model)
