"""Build the mel autoencoder and its training model from a plain config."""

from collections.abc import Mapping
from typing import Any

from espnet2.gen_audio.choices import build_chosen, build_with
from espnet2.gen_audio.feats.clip import ClipGeometry
from espnet2.gen_audio.old_names import with_new_names
from espnet2.gen_audio.vae.choices import vae_choices
from espnet2.gen_audio.vae.discriminator import PatchDiscriminator
from espnet2.gen_audio.vae.espnet_model import ESPnetGANVAEModel
from espnet2.gen_audio.vae.light_decoder import LightMelVAE
from espnet2.gen_audio.vae.light_decoder_model import ESPnetLightVAEModel
from espnet2.gen_audio.vae.loss import VAELossWeights


def build_vae(config: Mapping[str, Any]) -> ESPnetGANVAEModel:
    """Build the model of a config.

    Args:
        config: ``geometry_conf``, ``vae`` and ``vae_conf``, ``discriminator_conf``,
            ``loss_conf`` and ``model_conf``; absent keys have the published values.

    Returns:
        The model, newly initialised.

    Raises:
        ValueError: If a name or key is unknown, or a value does not fit.
    """
    config = with_new_names("vae", config)
    geometry = ClipGeometry.from_dict(config.get("geometry_conf") or {})
    model_conf = dict(config.get("model_conf") or {})
    # ESPnet reads this key, and does not remove it from the config
    model_conf.pop("extract_feats_in_collect_stats", None)
    vae = build_chosen(vae_choices, config, geometry)
    parts = (
        build_with(target, key, config.get(key))
        for target, key in (
            (PatchDiscriminator, "discriminator_conf"),
            (VAELossWeights, "loss_conf"),
        )
    )
    light = isinstance(vae, LightMelVAE)
    model = ESPnetLightVAEModel if light else ESPnetGANVAEModel
    return build_with(model, "model_conf", model_conf, geometry, vae, *parts)
