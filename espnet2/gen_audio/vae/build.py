"""Build the mel autoencoder and its training model from a plain config."""

from collections.abc import Mapping
from typing import Any

from espnet2.gen_audio.choices import build_chosen, refuse_misfits
from espnet2.gen_audio.feats.clip import ClipGeometry
from espnet2.gen_audio.old_names import with_new_names
from espnet2.gen_audio.vae.choices import vae_choices
from espnet2.gen_audio.vae.discriminator import PatchDiscriminator
from espnet2.gen_audio.vae.espnet_model import ESPnetGANVAEModel
from espnet2.gen_audio.vae.loss import VAELossWeights

CONFS = {
    "discriminator_conf": PatchDiscriminator,
    "loss_conf": VAELossWeights,
    "model_conf": ESPnetGANVAEModel,
}


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
    for key, target in CONFS.items():
        refuse_misfits(target, config.get(key) or {}, key)
    try:
        return ESPnetGANVAEModel(
            geometry,
            vae,
            PatchDiscriminator(**(config.get("discriminator_conf") or {})),
            VAELossWeights(**(config.get("loss_conf") or {})),
            **model_conf,
        )
    except TypeError as error:
        raise ValueError(
            f"discriminator_conf, loss_conf or model_conf does not fit: {error}"
        ) from error
