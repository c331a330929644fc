"""The one call that makes parts of a system faster at inference.

A prepared model is of a subclass of its class, which overrides one method. Its tensors,
their names and its configuration stay as they are; gradients and training go through
the method of the plain class, so that both can be compared.
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
from espnet2.gen_audio.accel.fast_vae_decoder import PreparedMelVAE, reorder_decoder
from espnet2.gen_audio.accel.predictors import PreparedUNet, use_onednn_where_faster
from espnet2.gen_audio.diffusion.backbone.unet import ConditionalUNet
from espnet2.gen_audio.loa_lm.lm import LOALanguageModel
from espnet2.gen_audio.vae.autoencoder import MelVAE
from espnet2.gen_audio.vocoder.hifi_gan import HiFiGAN


@dataclass(frozen=True)
class Preparation:
    """What makes one class of model faster.

    Attributes:
        prepared: The subclass that a model becomes.
        change_layers: Brings its layers to the form that is fastest on this machine.
    """

    prepared: type
    change_layers: Callable[[Any], None]


# By exact class: a subclass may compute something else than what would replace it.
PREPARATIONS = {
    LOALanguageModel: Preparation(PreparedLOALanguageModel, transpose_weights),
    ConditionalUNet: Preparation(PreparedUNet, use_onednn_where_faster),
    MelVAE: Preparation(PreparedMelVAE, reorder_decoder),
    HiFiGAN: Preparation(PreparedHiFiGAN, reorder_kernels),
}
PREPARATIONS |= {each.prepared: each for each in PREPARATIONS.values()}


def prepare(*parts: torch.nn.Module | None, change_layers: bool = True) -> None:
    """Prepare parts for inference; the results are the same but for rounding.

    A model without a faster form stays as it is. To prepare a second time is harmless.

    Args:
        *parts: Parts of a system, changed in place; models are also found inside of
            others. None is skipped.
        change_layers: Also change the order of weights in memory and the library that
            multiplies by them. False for a model that is trained: its validation is
            faster then, its training what it was.
    """
    for part in parts:
        for model in [] if part is None else list(part.modules()):
            preparation = PREPARATIONS.get(type(model))
            if preparation is not None:
                model.__class__ = preparation.prepared
                if change_layers:
                    preparation.change_layers(model)
