"""Build the vocoder and its training model from a plain config."""

from collections.abc import Mapping
from typing import Any

from espnet2.gen_audio.feats.clip import ClipGeometry
from espnet2.gen_audio.vocoder.espnet_model import ESPnetGANVocoderModel
from espnet2.gen_audio.vocoder.hifi_gan import HiFiGAN
from espnet2.gen_audio.vocoder.loss import VocoderLossWeights


def build_vocoder(config: Mapping[str, Any]) -> ESPnetGANVocoderModel:
    """Build the model that ``config.yaml`` of an experiment describes.

    Args:
        config: ``geometry_conf``, ``vocoder_conf``, ``loss_conf`` and
            ``discriminator_conf`` (arguments of ESPnet's
            ``HiFiGANMultiScaleMultiPeriodDiscriminator``); what is absent takes the
            published value.

    Returns:
        The model, with fresh weights.

    Raises:
        ValueError: If a value does not fit; a key that a part does not know is named.
    """
    from espnet2.gan_tts.hifigan import HiFiGANMultiScaleMultiPeriodDiscriminator

    geometry = ClipGeometry.from_dict(config.get("geometry_conf") or {})
    try:
        return ESPnetGANVocoderModel(
            geometry,
            HiFiGAN(geometry, **(config.get("vocoder_conf") or {})),
            HiFiGANMultiScaleMultiPeriodDiscriminator(
                **(config.get("discriminator_conf") or {})
            ),
            VocoderLossWeights(**(config.get("loss_conf") or {})),
        )
    except TypeError as error:
        raise ValueError(f"the config of the vocoder does not fit: {error}") from error
