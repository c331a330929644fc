"""Build the vocoder and its training model from a plain config."""

import warnings
from collections.abc import Mapping
from typing import Any

from espnet2.gen_audio.choices import build_chosen, build_with, chosen_class
from espnet2.gen_audio.feats.clip import ClipGeometry
from espnet2.gen_audio.vocoder.choices import vocoder_choices
from espnet2.gen_audio.vocoder.espnet_model import ESPnetGANVocoderModel
from espnet2.gen_audio.vocoder.loss import VocoderLossWeights


def build_vocoder(config: Mapping[str, Any]) -> ESPnetGANVocoderModel:
    """Build the model of a config.

    Args:
        config: ``geometry_conf``, ``vocoder`` and ``vocoder_conf``, ``loss_conf`` and
            ``discriminator_conf`` (arguments of ESPnet's
            ``HiFiGANMultiScaleMultiPeriodDiscriminator``); absent keys have the
            published values.

    Returns:
        The model, newly initialised.

    Raises:
        ValueError: If a name or a key is unknown, a value does not fit, or the vocoder
            has no weights to train.
    """
    from espnet2.gan_tts.hifigan import HiFiGANMultiScaleMultiPeriodDiscriminator

    geometry = ClipGeometry.from_dict(config.get("geometry_conf") or {})
    if not chosen_class(vocoder_choices, config).is_trained:
        raise ValueError(
            f"vocoder {config['vocoder']} has no weights to train; give its name to "
            "commands with --vocoder"
        )
    vocoder = build_chosen(vocoder_choices, config, geometry)
    with warnings.catch_warnings():
        # ESPnet's discriminators use torch's former weight normalisation
        warnings.filterwarnings("ignore", ".*weight_norm.*deprecated")
        discriminator = build_with(
            HiFiGANMultiScaleMultiPeriodDiscriminator,
            "discriminator_conf",
            config.get("discriminator_conf"),
        )
    weights = build_with(VocoderLossWeights, "loss_conf", config.get("loss_conf"))
    return ESPnetGANVocoderModel(geometry, vocoder, discriminator, weights)
