"""``prepare``: make models use faster code at inference.

The class of a prepared model is replaced by a subclass that overrides one method, if
there is a faster one.
Tensors, their names and the configuration do not change. Training and other calls with
gradients use the method of the original class, so both can be compared.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch

from espnet2.gen_audio.accel.cached_gpt2 import (
    PreparedLOALanguageModel,
    transpose_weights,
)
from espnet2.gen_audio.accel.fast_hifi_gan import PreparedHiFiGAN, reorder_kernels
from espnet2.gen_audio.accel.fast_vae_decoder import (
    PreparedLightMelVAE,
    PreparedMelVAE,
    reorder_decoder,
)
from espnet2.gen_audio.accel.predictors import PreparedUNet, reorder_unet
from espnet2.gen_audio.diffusion.backbone.unet import ConditionalUNet
from espnet2.gen_audio.loa_lm.lm import LOALanguageModel
from espnet2.gen_audio.loa_lm.masked_history import MaskedHistoryLanguageModel
from espnet2.gen_audio.vae.autoencoder import MelVAE
from espnet2.gen_audio.vae.light_decoder import LightMelVAE
from espnet2.gen_audio.vocoder.hifi_gan import HiFiGAN


@dataclass(frozen=True)
class Preparation:
    """The preparation of one class of models.

    Attributes:
        prepared: The subclass that replaces the model's class, or this class itself.
        change_layers: Function that changes layers to the fastest form on this machine.
    """

    prepared: type
    change_layers: Callable[[Any], None]


# Keys are exact classes: a subclass may compute something else.
PREPARATIONS = {
    LOALanguageModel: Preparation(PreparedLOALanguageModel, transpose_weights),
    MaskedHistoryLanguageModel: Preparation(
        MaskedHistoryLanguageModel, transpose_weights  # one pass needs no cache
    ),
    ConditionalUNet: Preparation(PreparedUNet, reorder_unet),
    MelVAE: Preparation(PreparedMelVAE, reorder_decoder),
    LightMelVAE: Preparation(PreparedLightMelVAE, reorder_decoder),
    HiFiGAN: Preparation(PreparedHiFiGAN, reorder_kernels),
}
PREPARATIONS |= {each.prepared: each for each in PREPARATIONS.values()}


def prepare(*parts: torch.nn.Module | None, change_layers: bool = True) -> None:
    """Prepare models for inference; results do not change except for rounding.

    A model without a faster form is not changed. Preparing a model twice changes
    nothing.

    Args:
        *parts: Models, changed in place with the models inside them. None is skipped.
        change_layers: Whether to change also the order of weights in memory and the
            library that multiplies by them. Set it to False in training: validation
            then becomes faster and training is not affected.
    """
    for part in parts:
        for model in [] if part is None else list(part.modules()):
            preparation = PREPARATIONS.get(type(model))
            if preparation is not None:
                model.__class__ = preparation.prepared
                if change_layers:
                    preparation.change_layers(model)
