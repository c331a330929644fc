"""Config files around GPT-2 in an AudioLDM2Pipeline folder, written from ours."""

from collections.abc import Mapping
from typing import Any

from espnet2.gen_audio.checkpoint.archive.system import Part
from espnet2.gen_audio.encoder.abs_text_encoder import TEXT_STATES
from espnet2.gen_audio.feats.clip import ClipGeometry
from espnet2.gen_audio.old_names import with_new_names

# transformers has two names for this function
_ACTIVATIONS = {"gelu_pytorch_tanh": "gelu_new"}


def gpt2_config(loa_lm: Part, loa_tokens: int) -> dict[str, Any]:
    """Return config.json of the language model.

    Args:
        loa_lm: The language model.
        loa_tokens: Number of vectors that it predicts for a clip.

    Returns:
        Arguments of ``GPT2Config``, those that affect hidden states.
    """
    conf = loa_lm.config["lm_conf"]
    activation = conf.get("activation", "gelu_pytorch_tanh")
    return {
        "architectures": ["GPT2LMHeadModel"],
        "model_type": "gpt2",
        "vocab_size": conf["vocab_size"],
        "n_positions": conf["max_positions"],
        "n_embd": conf["width"],
        "n_layer": conf["layers"],
        "n_head": conf["heads"],
        "n_inner": 4 * conf["width"],
        "activation_function": _ACTIVATIONS.get(activation, activation),
        "layer_norm_epsilon": conf.get("layer_norm_epsilon", 1e-5),
        "scale_attn_weights": True,
        "scale_attn_by_inverse_layer_idx": False,
        "add_cross_attention": False,
        "max_new_tokens": loa_tokens,
        "tie_word_embeddings": True,
        "bos_token_id": None,
        "eos_token_id": None,
    }


def loa_tokens(loa_lm: Part) -> int:
    """Return how many LOA vectors a language model predicts for a clip.

    Args:
        loa_lm: The language model.

    Returns:
        The number.
    """
    geometry = ClipGeometry.from_dict(loa_lm.config.get("geometry_conf") or {})
    factor = (loa_lm.config.get("model_conf") or {}).get("loa_factor", 8)
    return geometry.loa_tokens(factor)


def projection_config(loa_lm: Part) -> dict[str, Any]:
    """Return config.json of the projections and markers.

    Args:
        loa_lm: The language model.

    Returns:
        Arguments of ``AudioLDM2ProjectionModel``, one of them misspelt as in diffusers.

    Raises:
        ValueError: If positions or prediction of the model differ from those of the
            pipeline.
    """
    conf = with_new_names("loa_lm", loa_lm.config)["lm_conf"]
    _refuse_own_sequence(loa_lm, conf)
    config = {
        "_class_name": "AudioLDM2ProjectionModel",
        "text_encoder_dim": conf["condition_dims"]["sentence"],
        "text_encoder_1_dim": conf["condition_dims"]["tokens"],
        "langauge_model_dim": conf["width"],
        "use_learned_position_embedding": None,
        "max_seq_length": None,
    }
    if "text_encoder.positions" in loa_lm.state:
        longest = loa_lm.state["text_encoder.positions"].shape[2]
        config |= {"use_learned_position_embedding": True, "max_seq_length": longest}
    return config


def _refuse_own_sequence(loa_lm: Part, conf: Mapping[str, Any]) -> None:
    """Refuse a language model that does not predict LOA as the pipeline does."""
    lengths = {}
    if "text_encoder.positions" in loa_lm.state:
        lengths = {TEXT_STATES: loa_lm.state["text_encoder.positions"].shape[2]}
    defaults = {"loa_start": None, "autoregressive": True, "head": "regression"}
    published = defaults | {"condition_lengths": lengths}
    for key, value in published.items():
        own = conf.get(key, defaults.get(key))
        if (own or None) != (value or None):
            raise ValueError(
                f"a language model with {key} {own} has no counterpart in diffusers, "
                f"whose pipeline has {value}; export it with --format safetensors or "
                "espnet"
            )


def vits_config(loa_lm: Part) -> dict[str, Any]:
    """Return config.json of the VITS model around the phoneme encoder.

    Args:
        loa_lm: A language model of speech.

    Returns:
        Arguments of ``VitsConfig``; arguments that AudioLDM 2 does not use have their
        defaults.
    """
    conf = loa_lm.config["text_encoder_conf"]
    return {
        "architectures": ["VitsModel"],
        "model_type": "vits",
        "vocab_size": conf["vocabulary"],
        "hidden_size": conf["width"],
        "num_hidden_layers": conf["layers"],
        "num_attention_heads": conf["heads"],
        "window_size": conf["window"],
        "ffn_dim": conf["inner"],
        "ffn_kernel_size": conf["kernel"],
        "flow_size": conf["flow_width"],
        "hidden_act": "relu",
        "layer_norm_eps": 1e-5,
        "pad_token_id": 0,
    }
