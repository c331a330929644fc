"""Config files of the nets of an AudioLDM2Pipeline folder, written from ours.

Each contains all arguments of its class. A comparison with the config file of another
folder therefore finds every value that differs, see ``config_file``.
"""

import logging
from collections.abc import Mapping
from typing import Any

from espnet2.gen_audio.checkpoint.archive.system import Encoder, Part
from espnet2.gen_audio.checkpoint.assembly.clap_extractor import clap_extractor
from espnet2.gen_audio.diffusion.published_conditions import unpublished_keys
from espnet2.gen_audio.old_names import with_new_names
from espnet2.gen_audio.vocoder.hifi_gan import samples_later

# arguments of diffusers' U-Net that have only this value in ours
_WITHOUT_COUNTERPART = {
    "mid_block_type": "UNetMidBlock2DCrossAttn",
    "only_cross_attention": False,
    "downsample_padding": 1,
    "mid_block_scale_factor": 1,
    "num_attention_heads": None,
    "use_linear_projection": False,
    "num_class_embeds": None,
    "upcast_attention": False,
    "resnet_time_scale_shift": "default",
    "time_embedding_type": "positional",
    "time_embedding_dim": None,
    "time_embedding_act_fn": None,
    "timestep_post_act": None,
    "time_cond_proj_dim": None,
    "conv_in_kernel": 3,
    "conv_out_kernel": 3,
}


def unet_config(ldm: Part) -> dict[str, Any]:
    """Return config.json of the U-Net.

    Args:
        ldm: The diffusion model.

    Returns:
        Arguments of ``AudioLDM2UNet2DConditionModel``, all of them.

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
    return {
        "_class_name": "AudioLDM2UNet2DConditionModel",
        "sample_size": _frames(ldm.config.get("geometry_conf") or {}),
        "in_channels": conf["latent_channels"],
        "out_channels": conf["latent_channels"],
        "block_out_channels": list(conf["channels"]),
        "layers_per_block": conf["layers_per_block"],
        "norm_num_groups": conf.get("norm_num_groups", 32),
        "norm_eps": conf.get("norm_eps", 1e-5),
        "act_fn": conf.get("act_fn", "silu"),
        "flip_sin_to_cos": conf.get("flip_sin_to_cos", True),
        "freq_shift": conf.get("freq_shift", 0),
        **_attention(conf),
        **_class_embedding(conf.get("film_dim")),
        **_WITHOUT_COUNTERPART,
    }


def _attention(conf: Mapping[str, Any]) -> dict[str, Any]:
    """Return the entries of the U-Net's config about its transformers."""
    channels = conf["channels"]
    attention = conf.get("attention") or [level > 0 for level in range(len(channels))]
    dims = [conf[name] for name in ("loa_dim", "tokens_dim") if conf.get(name)]
    contexts = [None, *dims, *([None] if conf.get("extra_self_attention") else [])]
    up = ["CrossAttnUpBlock2D" if on else "UpBlock2D" for on in reversed(attention)]
    return {
        "down_block_types": [
            "CrossAttnDownBlock2D" if on else "DownBlock2D" for on in attention
        ],
        "up_block_types": up,
        "cross_attention_dim": [contexts for _ in channels],
        "transformer_layers_per_block": conf.get("transformer_depth", 1),
        # in diffusers, the number of heads
        "attention_head_dim": _heads(conf),
    }


def _heads(conf: Mapping[str, Any]) -> list[int]:
    """Return the number of heads of each level of the U-Net."""
    size = conf.get("head_dim", 32)
    return list(
        conf.get("heads") or [max(width // size, 1) for width in conf["channels"]]
    )


def _class_embedding(film_dim: int | None) -> dict[str, Any]:
    """Return the U-Net's entries about a vector beside the time embedding."""
    beside = film_dim is not None
    return {
        "class_embed_type": "simple_projection" if beside else None,
        "class_embeddings_concat": beside,
        "projection_class_embeddings_input_dim": film_dim,
    }


def vae_config(vae: Part, latent_scale: float) -> dict[str, Any]:
    """Return config.json of the autoencoder.

    Args:
        vae: The autoencoder.
        latent_scale: Factor by which its latents are multiplied.

    Returns:
        Arguments of ``AutoencoderKL``, all of them.

    Raises:
        ValueError: If it normalises the mel spectrogram, which diffusers does not.
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
        "act_fn": "silu",
        "latent_channels": latent,
        "norm_num_groups": conf.get("norm_num_groups", 32),
        "sample_size": _frames(geometry) * 2 ** (len(widths) - 1),
        "scaling_factor": latent_scale,
        "shift_factor": None,
        "latents_mean": None,
        "latents_std": None,
        "force_upcast": True,
        "use_quant_conv": True,
        "use_post_quant_conv": True,
        "mid_block_add_attention": True,
    }


def vocoder_config(vocoder: Part) -> dict[str, Any]:
    """Return config.json of the vocoder.

    Args:
        vocoder: The vocoder.

    Returns:
        Arguments of ``SpeechT5HifiGanConfig``. ``odd_padding`` is added for a vocoder
        that rounds the padding of odd stages up; the class ignores it and rounds down,
        as the authors' inference code does.
    """
    conf = vocoder.config["vocoder_conf"]
    later = samples_later(conf["upsample_rates"], conf["upsample_kernel_sizes"])
    own = {}
    if conf.get("odd_padding") == "ceil" and later:
        own = {"odd_padding": "ceil"}
        logging.warning(
            "diffusers' vocoder class pads as the authors' inference code does: "
            "it gives the sound of odd_padding ceil, %d samples later",
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
            "normalize_before": conf.get("normalize_before", False),
        }
        | {name: conf[name] for name in kept}
        | own
    )


def extractor_config(encoder: Encoder) -> dict[str, Any]:
    """Return the config of the feature extractor for a CLAP that came without one.

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
