"""Build the LOA language model from the plain contents of a config.yaml."""

from collections.abc import Mapping
from typing import Any

from espnet2.gen_audio.choices import build_with
from espnet2.gen_audio.encoder.choices import build_text_encoder
from espnet2.gen_audio.feats.clip import ClipGeometry
from espnet2.gen_audio.loa_lm.espnet_model import ESPnetLOALMModel
from espnet2.gen_audio.loa_lm.lm import LOALanguageModel
from espnet2.gen_audio.loa_lm.masked_history import MaskedHistoryLanguageModel
from espnet2.gen_audio.old_names import with_new_names


def build_loa_lm(config: Mapping[str, Any]) -> ESPnetLOALMModel:
    """Build the model with newly initialised weights.

    Args:
        config: ``geometry_conf`` (ClipGeometry), ``lm_conf`` (see
            ``build_language_model``), ``model_conf`` (loa_factor, loss_type,
            loss_weight), and the text encoder's options, see ``build_text_encoder``;
            other keys are ignored.

    Returns:
        The ESPnet model.

    Raises:
        ValueError: If a value does not fit or a key is unknown.
    """
    config = with_new_names("loa_lm", config)
    geometry = ClipGeometry.from_dict(config.get("geometry_conf") or {})
    lm = build_language_model(config.get("lm_conf") or {})
    return build_with(
        ESPnetLOALMModel,
        "model_conf",
        config.get("model_conf"),
        lm,
        geometry,
        text_encoder=build_text_encoder(config),
    )


def build_language_model(conf: Mapping[str, Any]) -> LOALanguageModel:
    """Build GPT-2 without its loss.

    Args:
        conf: ``autoregressive`` (true by default, as published), and the arguments of
            LOALanguageModel. If ``autoregressive`` is false, all vectors are predicted
            in one pass, and ``p_prefix`` may be given, see ``masked_history``.

    Returns:
        The language model, newly initialised.

    Raises:
        ValueError: If a key is unknown, or a value does not fit.
    """
    conf = dict(conf)
    by_steps = conf.pop("autoregressive", True)
    if not isinstance(by_steps, bool):
        raise ValueError(
            f"lm_conf, autoregressive: got {by_steps!r}; give true or false"
        )
    target = LOALanguageModel if by_steps else MaskedHistoryLanguageModel
    return build_with(target, "lm_conf", conf)
