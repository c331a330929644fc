"""Build the latent diffusion model of a config."""

from collections.abc import Mapping
from typing import Any

from espnet2.gen_audio.conditioner.text_units import build_text_encoder
from espnet2.gen_audio.diffusion.backbone.unet import ConditionalUNet
from espnet2.gen_audio.diffusion.conditions import LatentConditions
from espnet2.gen_audio.diffusion.espnet_model import ESPnetLatentDiffusionModel
from espnet2.gen_audio.diffusion.process.schedule import NoiseSchedule
from espnet2.gen_audio.feats.clip import ClipGeometry


def build_ldm(config: Mapping[str, Any]) -> ESPnetLatentDiffusionModel:
    """Build the model, with fresh weights.

    Args:
        config: Contents of config.yaml: ``geometry_conf``, ``unet_conf``,
            ``schedule_conf``, ``conditions_conf``, ``model_conf``, ``latent_scale``,
            ``null_tokens``, ``null_sentence``, ``text_encoder`` and what belongs to it.

    Returns:
        The ESPnet model.

    Raises:
        ValueError: If a key is unknown, or sizes do not fit.
    """
    geometry = ClipGeometry.from_dict(config.get("geometry_conf") or {})
    text_encoder = build_text_encoder(config)
    unet_conf = {"latent_channels": geometry.latent_channels}
    unet_conf.update(config.get("unet_conf") or {})
    if text_encoder is not None:
        unet_conf["tokens_dim"] = text_encoder.width
    scale = config.get("latent_scale")
    try:
        unet = ConditionalUNet(**unet_conf, geometry=geometry)
        conditions = LatentConditions(
            geometry=geometry,
            loa_dim=unet.loa_dim,
            tokens_dim=unet.tokens_dim,
            film_dim=unet.film_dim,
            null_tokens=config.get("null_tokens"),
            null_sentence=config.get("null_sentence"),
            text_encoder=text_encoder,
            **(config.get("conditions_conf") or {}),
        )
        return ESPnetLatentDiffusionModel(
            unet,
            NoiseSchedule(**(config.get("schedule_conf") or {})),
            conditions,
            latent_scale=1.0 if scale is None else float(scale),
            **(config.get("model_conf") or {}),
        )
    except TypeError as error:
        raise ValueError(
            "unet_conf, schedule_conf, conditions_conf or model_conf does not fit: "
            f"{error}"
        ) from error
