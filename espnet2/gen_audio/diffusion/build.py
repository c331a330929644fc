"""Build the latent diffusion model of a config."""

from collections.abc import Mapping, Sequence
from typing import Any

from espnet2.gen_audio.choices import build_chosen, build_with, refuse_misfits
from espnet2.gen_audio.condition.spec import ConditionSpec
from espnet2.gen_audio.diffusion.alignment import build_alignment
from espnet2.gen_audio.diffusion.backbone.abs_backbone import AbsBackbone
from espnet2.gen_audio.diffusion.backbone.choices import backbone_choices
from espnet2.gen_audio.diffusion.conditions import LatentConditions
from espnet2.gen_audio.diffusion.espnet_model import ESPnetLatentDiffusionModel
from espnet2.gen_audio.diffusion.process.abs_process import AbsProcess
from espnet2.gen_audio.diffusion.process.choices import process_choices
from espnet2.gen_audio.diffusion.published_conditions import (
    CONDITIONS_KEYS,
    conditions_arguments,
    specs_of,
    unet_arguments,
)
from espnet2.gen_audio.encoder.abs_text_encoder import AbsTextEncoder
from espnet2.gen_audio.encoder.choices import build_text_encoder
from espnet2.gen_audio.feats.clip import ClipGeometry
from espnet2.gen_audio.old_names import with_new_names


def build_ldm(config: Mapping[str, Any]) -> ESPnetLatentDiffusionModel:
    """Build the model, newly initialised.

    Args:
        config: Contents of config.yaml: ``geometry_conf``, ``backbone``, ``process``
            and their ``_conf``, ``conditions``, ``conditions_conf``, ``model_conf``,
            ``alignment_conf``, ``latent_scale``, ``text_encoder`` and its keys; or the
            published keys ``unet_conf``, ``schedule_conf``, ``model_conf.objective``,
            ``null_tokens``, ``null_sentence``.

    Returns:
        The ESPnet model.

    Raises:
        ValueError: If a name or key is unknown, or sizes do not fit.
    """
    config = with_new_names("ldm", config)
    text_encoder = build_text_encoder(config)
    specs = specs_of(config, text_encoder)
    model_conf = dict(config.get("model_conf") or {})
    model_conf.pop("objective", None)  # an argument of the process
    scale = config.get("latent_scale")
    backbone = build_backbone(config, specs)
    return build_with(
        ESPnetLatentDiffusionModel,
        "model_conf",
        model_conf,
        backbone,
        build_process(config),
        build_conditions(config, specs, text_encoder),
        latent_scale=1.0 if scale is None else float(scale),
        alignment=build_alignment(config, backbone),
    )


def build_conditions(
    config: Mapping[str, Any],
    specs: Sequence[ConditionSpec],
    text_encoder: AbsTextEncoder | None,
) -> LatentConditions:
    """Build what makes the conditions of a batch ready for the network.

    Args:
        config: A config with ``geometry_conf`` and ``conditions_conf``.
        specs: Its conditions.
        text_encoder: Encoder that is trained with the model, or None.

    Returns:
        The module.
    """
    geometry = ClipGeometry.from_dict(config.get("geometry_conf") or {})
    given, conf = config.get("conditions_conf") or {}, conditions_arguments(config)
    refuse_misfits(LatentConditions, given, "conditions_conf", called=CONDITIONS_KEYS)
    return build_with(
        LatentConditions, "conditions_conf", conf, geometry, specs, text_encoder
    )


def build_backbone(
    config: Mapping[str, Any], specs: Sequence[ConditionSpec] | None = None
) -> AbsBackbone:
    """Build the network of a config, newly initialised.

    Args:
        config: A config with ``backbone`` and ``backbone_conf`` or ``unet_conf``.
        specs: Its conditions; if None, the conditions of the config.

    Returns:
        The network.
    """
    config = with_new_names("ldm", config)
    geometry = ClipGeometry.from_dict(config.get("geometry_conf") or {})
    conf = unet_arguments(config) | (config.get("backbone_conf") or {})
    specs = specs_of(config) if specs is None else specs
    return build_chosen(backbone_choices, config, specs, geometry, conf=conf)


def build_process(config: Mapping[str, Any]) -> AbsProcess:
    """Build the diffusion process of a config.

    Args:
        config: A config with ``process`` and ``process_conf``, or the published keys
            ``schedule_conf`` and ``model_conf.objective``.

    Returns:
        The process.
    """
    return build_chosen(process_choices, config, conf=process_arguments(config))


def process_arguments(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of the process that a config has.

    Args:
        config: See ``build_process``.

    Returns:
        ``process_conf``, with the values of the published keys that it does not have.
    """
    conf = dict(config.get("schedule_conf") or {})
    objective = (config.get("model_conf") or {}).get("objective")
    if objective is not None:
        conf["objective"] = objective
    return conf | (config.get("process_conf") or {})
