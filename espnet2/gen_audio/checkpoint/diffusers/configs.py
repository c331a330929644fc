"""The config files of an AudioLDM2Pipeline folder, written from a system of ours."""

import logging
from collections.abc import Mapping
from typing import Any

from espnet2.gen_audio.checkpoint.archive.system import Encoder, Part
from espnet2.gen_audio.checkpoint.assembly.clap_extractor import clap_extractor
from espnet2.gen_audio.conditioner.text_encoder import TEXT_STATES
from espnet2.gen_audio.diffusion.published import unpublished_keys
from espnet2.gen_audio.old_names import with_new_names
from espnet2.gen_audio.vocoder.hifi_gan import samples_later


def unet_config(ldm: Part) -> dict[str, Any]:
    """Return config.json of the U-Net, with heads of 32 features at every level.

    Args:
        ldm: The diffusion model.

    Returns:
        Arguments of ``AudioLDM2UNet2DConditionModel``.

    Raises:
        ValueError: If the network is not of the published layout.
    """
    config = with_new_names("ldm", ldm.config)
    own = unpublished_keys(config)
    if own:
        raise ValueError(
            f"a diffusion model with {', '.join(own)} has no counterpart in diffusers; "
            "export it with --format safetensors or espnet"
        )
    conf = config["unet_conf"]
    channels = list(conf["channels"])
    attention = conf.get("attention") or [level > 0 for level in range(len(channels))]
    dims = [conf[name] for name in ("loa_dim", "tokens_dim") if conf.get(name)]
    contexts = [None, *dims, *([None] if conf.get("extra_self_attention") else [])]
    down = ["CrossAttnDownBlock2D" if on else "DownBlock2D" for on in attention]
    up = ["CrossAttnUpBlock2D" if on else "UpBlock2D" for on in reversed(attention)]
    geometry = ldm.config.get("geometry_conf") or {}
    config = {
        "_class_name": "AudioLDM2UNet2DConditionModel",
        "sample_size": _frames(geometry),
        "in_channels": conf["latent_channels"],
        "out_channels": conf["latent_channels"],
        "block_out_channels": channels,
        "layers_per_block": conf["layers_per_block"],
        "down_block_types": down,
        "up_block_types": up,
        "cross_attention_dim": [contexts for _ in channels],
        "transformer_layers_per_block": conf.get("transformer_depth", 1),
        # diffusers means the number of heads by this name
        "attention_head_dim": [max(c // conf.get("head_dim", 32), 1) for c in channels],
    }
    if conf.get("film_dim"):
        config |= {
            "class_embed_type": "simple_projection",
            "class_embeddings_concat": True,
            "projection_class_embeddings_input_dim": conf["film_dim"],
        }
    return config


def vae_config(vae: Part, latent_scale: float) -> dict[str, Any]:
    """Return config.json of the autoencoder.

    Args:
        vae: The autoencoder.
        latent_scale: Factor of its latents.

    Returns:
        Arguments of ``AutoencoderKL``.

    Raises:
        ValueError: If it moves the mel spectrogram, which diffusers does not.
    """
    conf = with_new_names("vae", vae.config)["vae_conf"]
    level, scale = conf.get("mel_level", 0.0), conf.get("mel_std", 1.0)
    if (level, scale) != (0.0, 1.0):
        raise ValueError(
            f"this autoencoder normalises the mel spectrogram (mel_level {level}, "
            f"mel_std {scale}), which diffusers does not; export it with "
            "--format safetensors or espnet"
        )
    widths = list(conf["block_out_channels"])
    latent = vae.state["vae.net.post_quant_conv.weight"].shape[0]
    geometry = vae.config.get("geometry_conf") or {}
    return {
        "_class_name": "AutoencoderKL",
        "in_channels": 1,
        "out_channels": 1,
        "down_block_types": ["DownEncoderBlock2D"] * len(widths),
        "up_block_types": ["UpDecoderBlock2D"] * len(widths),
        "block_out_channels": widths,
        "layers_per_block": conf["layers_per_block"],
        "latent_channels": latent,
        "norm_num_groups": conf.get("norm_num_groups", 32),
        "sample_size": _frames(geometry) * 2 ** (len(widths) - 1),
        "scaling_factor": latent_scale,
    }


def vocoder_config(vocoder: Part) -> dict[str, Any]:
    """Return config.json of the vocoder.

    Args:
        vocoder: The vocoder.

    Returns:
        Arguments of ``SpeechT5HifiGanConfig``. That class rounds the padding of odd
        stages down, as the authors' inference does; ``odd_padding`` of a vocoder that
        rounds it up is kept beside them, where that class does not read it.
    """
    conf = vocoder.config["vocoder_conf"]
    later = samples_later(conf["upsample_rates"], conf["upsample_kernel_sizes"])
    own = {}
    if conf.get("odd_padding") == "ceil" and later:
        own = {"odd_padding": "ceil"}
        logging.warning(
            "the vocoder is written for diffusers, whose class pads as the authors' "
            "inference does: the sound of odd_padding ceil, %d samples later",
            later,
        )
    geometry = vocoder.config.get("geometry_conf") or {}
    kept = (
        "upsample_rates",
        "upsample_kernel_sizes",
        "upsample_initial_channel",
        "resblock_kernel_sizes",
        "resblock_dilation_sizes",
    )
    return (
        {
            "architectures": ["SpeechT5HifiGan"],
            "model_type": "hifigan",
            "model_in_dim": geometry.get("n_mels", 64),
            "sampling_rate": geometry.get("sample_rate", 16000),
            "leaky_relu_slope": conf.get("leaky_relu_slope", 0.1),
            "normalize_before": False,
        }
        | {name: conf[name] for name in kept}
        | own
    )


def gpt2_config(loa_lm: Part, loa_tokens: int) -> dict[str, Any]:
    """Return config.json of the language model.

    Args:
        loa_lm: The language model.
        loa_tokens: Vectors that it predicts for a clip.

    Returns:
        Arguments of ``GPT2Config``.
    """
    conf = loa_lm.config["lm_conf"]
    return {
        "architectures": ["GPT2LMHeadModel"],
        "model_type": "gpt2",
        "vocab_size": conf["vocab_size"],
        "n_positions": conf["max_positions"],
        "n_embd": conf["width"],
        "n_layer": conf["layers"],
        "n_head": conf["heads"],
        "max_new_tokens": loa_tokens,
        "tie_word_embeddings": True,
        "bos_token_id": None,
        "eos_token_id": None,
    }


def projection_config(loa_lm: Part) -> dict[str, Any]:
    """Return config.json of the projections and markers.

    Args:
        loa_lm: The language model.

    Returns:
        Arguments of ``AudioLDM2ProjectionModel``; one is misspelt there.

    Raises:
        ValueError: If the model numbers its sequence, or predicts, in another way than
            the pipeline.
    """
    conf = with_new_names("loa_lm", loa_lm.config)["lm_conf"]
    _refuse_own_sequence(loa_lm, conf)
    config = {
        "_class_name": "AudioLDM2ProjectionModel",
        "text_encoder_dim": conf["condition_dims"]["sentence"],
        "text_encoder_1_dim": conf["condition_dims"]["tokens"],
        "langauge_model_dim": conf["width"],
    }
    if "text_encoder.positions" in loa_lm.state:
        longest = loa_lm.state["text_encoder.positions"].shape[2]
        config |= {"use_learned_position_embedding": True, "max_seq_length": longest}
    return config


def _refuse_own_sequence(loa_lm: Part, conf: Mapping[str, Any]) -> None:
    """Refuse a language model whose LOA does not follow as in the pipeline."""
    lengths = {}
    if "text_encoder.positions" in loa_lm.state:
        lengths = {TEXT_STATES: loa_lm.state["text_encoder.positions"].shape[2]}
    published = {"loa_start": None, "autoregressive": True}
    published |= {"condition_lengths": lengths}
    for key, value in published.items():
        own = conf.get(key, True if key == "autoregressive" else None)
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
        Arguments of ``VitsConfig``; what AudioLDM 2 does not use has its defaults.
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
        "pad_token_id": 0,
    }


def scheduler_config(ldm: Part) -> dict[str, Any]:
    """Return scheduler_config.json: the published sampler on the model's schedule.

    Args:
        ldm: The diffusion model.

    Returns:
        Arguments of ``DDIMScheduler``.
    """
    conf = ldm.config.get("schedule_conf") or {}
    objective = (ldm.config.get("model_conf") or {}).get("objective", "eps")
    names = {"eps": "epsilon", "v": "v_prediction", "x0": "sample"}
    return {
        "_class_name": "DDIMScheduler",
        "num_train_timesteps": conf.get("num_steps", 1000),
        "beta_start": conf.get("beta_start", 0.0015),
        "beta_end": conf.get("beta_end", 0.0195),
        "beta_schedule": "scaled_linear",
        "prediction_type": names[objective],
        "clip_sample": False,
        "set_alpha_to_one": False,
        "steps_offset": 1,
        "timestep_spacing": "leading",
    }


def extractor_config(encoder: Encoder) -> dict[str, Any]:
    """Return the feature extractor's config where a CLAP encoder came without one.

    Args:
        encoder: The sentence encoder.

    Returns:
        Arguments of ``ClapFeatureExtractor``, as published.
    """
    audio = encoder.config.get("audio_config") or {}
    return clap_extractor(audio.get("num_mel_bins", 64))


def _frames(geometry: dict[str, Any]) -> int:
    """Return the latent frames of a clip."""
    from espnet2.gen_audio.feats.clip import ClipGeometry

    return ClipGeometry.from_dict(geometry).latent_frames
