"""Build VAE, vocoder, AudioMAE, LOA and diffusion model from tensors with our names.

Sizes are read from the tensors, the config is written for ``build_<part>``, and every
name and shape is checked. Official and stand-alone files both come here.
"""

from collections.abc import Mapping
from typing import Any

import torch

from espnet2.gen_audio.audiomae.transformer import WINDOW
from espnet2.gen_audio.checkpoint.archive.system import Part
from espnet2.gen_audio.checkpoint.assembly import sizes
from espnet2.gen_audio.checkpoint.assembly.checked_sizes import checked_sizes
from espnet2.gen_audio.checkpoint.strict_fit import refuse_misfit_of_part
from espnet2.gen_audio.checkpoint.tables.vocoder import with_scaling
from espnet2.gen_audio.encoder.abs_text_encoder import TEXT_STATES
from espnet2.gen_audio.feats.clip import ClipGeometry

State = dict[str, torch.Tensor]
Sections = Mapping[str, Any]
SCHEDULE = {"num_steps": 1000, "beta_start": 0.0015, "beta_end": 0.0195}


def vae_part(
    state: State,
    geometry: ClipGeometry,
    provenance: Mapping[str, Any],
    origins: Mapping[str, str] | None = None,
    stated: Sections | None = None,
) -> Part:
    """Make the autoencoder.

    Args:
        state: Names below ``vae.net.``.
        geometry: Sizes of clip, mel and latent.
        provenance: As ``provenance_of`` returns it.
        origins: Names in the file by names in the state, for messages.
        stated: Values of a config file, by section; they replace inferred ones.

    Returns:
        The part, without discriminator.

    Raises:
        ValueError: If a tensor is missing, extra or misshapen.
    """
    what = f"{provenance['source']}, autoencoder"
    config: dict[str, Any] = {
        "vae_conf": checked_sizes(sizes.vae_conf, state, what),
        "absent_weights": ["discriminator", "generator_steps"],
    }
    config = with_stated(config, stated)
    return checked_part("vae", config, state, geometry, provenance, what, origins)


def vocoder_part(
    state: State,
    geometry: ClipGeometry,
    provenance: Mapping[str, Any],
    origins: Mapping[str, str] | None = None,
    stated: Sections | None = None,
) -> Part:
    """Make the vocoder.

    Args:
        state: Names below ``vocoder.net.``, weight norm folded; mean and scale of the
            mel bands are added where they are missing.
        geometry: Sizes of clip and mel.
        provenance: As ``provenance_of`` returns it.
        origins: Names in the file by names in the state, for messages.
        stated: Values of a config file, by section; they replace inferred ones.

    Returns:
        The part, without discriminators.

    Raises:
        ValueError: If a tensor is missing, extra or misshapen.
    """
    what = f"{provenance['source']}, vocoder"
    state = checked_sizes(with_scaling, state, what)
    rates = ((stated or {}).get("vocoder_conf") or {}).get("upsample_rates")
    config: dict[str, Any] = {
        "vocoder_conf": checked_sizes(sizes.vocoder_conf, state, what, rates),
        "absent_weights": ["discriminator", "generator_steps"],
    }
    config = with_stated(config, stated)
    return checked_part("vocoder", config, state, geometry, provenance, what, origins)


def audiomae_part(
    state: State,
    geometry: ClipGeometry,
    provenance: Mapping[str, Any],
    origins: Mapping[str, str] | None = None,
) -> Part:
    """Make the AudioMAE.

    Args:
        state: Names below ``mae.encoder.``, position table included.
        geometry: Sizes of the filter bank and its patches.
        provenance: As ``provenance_of`` returns it.
        origins: Names in the file by names in the state, for messages.

    Returns:
        The part, without decoder.

    Raises:
        ValueError: If a tensor is missing, extra or misshapen.
    """
    what = f"{provenance['source']}, AudioMAE"
    config: dict[str, Any] = {
        "encoder_conf": checked_sizes(sizes.encoder_conf, state, what),
        "absent_weights": ["mae.decoder"],
    }
    if geometry.time_patches % WINDOW or geometry.freq_patches % WINDOW:
        # windows do not divide this grid: the authors' decoder with global attention
        config["decoder_conf"] = {"kind": "global", "layers": 8}
    return checked_part("audiomae", config, state, geometry, provenance, what, origins)


def lm_part(
    state: State,
    geometry: ClipGeometry,
    provenance: Mapping[str, Any],
    phonemes: bool,
    origins: Mapping[str, str] | None = None,
    stated: Sections | None = None,
) -> Part:
    """Make the language model of LOA.

    Args:
        state: Names below ``lm.`` and, for speech, ``text_encoder.``.
        geometry: Sizes of a clip.
        provenance: As ``provenance_of`` returns it.
        phonemes: Whether it is a speech model. A speech model reads phonemes, padded to
            all positions of the encoder, and predicts every patch; other models read
            text states and predict the LOA pooled by 8.
        origins: Names in the file by names in the state, for messages.
        stated: Values of a config file, by section; they replace inferred ones.

    Returns:
        The part.

    Raises:
        ValueError: If a tensor is missing, extra or misshapen.
    """
    what = f"{provenance['source']}, GPT-2"
    config: dict[str, Any] = {
        "lm_conf": checked_sizes(sizes.lm_conf, state, what),
        "model_conf": {"loa_factor": loa_factor(phonemes)},
        "absent_weights": [],
    }
    if phonemes:
        config["text_encoder"] = "phonemes"
        config["text_encoder_conf"] = checked_sizes(sizes.phoneme_conf, state, what)
        # the authors pad every text to all 310 positions of the table
        longest = config["text_encoder_conf"]["max_positions"]
        config["lm_conf"]["condition_lengths"] = {TEXT_STATES: longest}
    config = with_stated(config, stated)
    return checked_part("loa_lm", config, state, geometry, provenance, what, origins)


def ldm_part(
    state: State,
    geometry: ClipGeometry,
    provenance: Mapping[str, Any],
    conditions: Mapping[str, Any],
    with_loa: bool,
    latent_scale: float,
    origins: Mapping[str, str] | None = None,
) -> Part:
    """Make the latent diffusion model.

    Args:
        state: Names below ``unet.net.``.
        geometry: Sizes of clip and latent.
        provenance: As ``provenance_of`` returns it.
        conditions: ``conditions_conf``.
        with_loa: Whether the U-Net attends to LOA.
        latent_scale: Factor by which latents are multiplied.
        origins: Names in the file by names in the state, for messages.

    Returns:
        The part, without moving average and without the encoding of the empty caption,
        which a caller that has the encoder computes.

    Raises:
        ValueError: If a tensor is missing, extra or misshapen.
    """
    what = f"{provenance['source']}, U-Net"
    config = ldm_config(state, what, conditions, with_loa, latent_scale)
    return checked_part("ldm", config, state, geometry, provenance, what, origins)


def ldm_config(
    state: State,
    what: str,
    conditions: Mapping[str, Any],
    with_loa: bool,
    latent_scale: float,
) -> dict[str, Any]:
    """Return the config of a published latent diffusion model.

    Args:
        state: Names below ``unet.net.``.
        what: File and network, for messages.
        conditions: ``conditions_conf``.
        with_loa: Whether the U-Net attends to LOA.
        latent_scale: Factor by which latents are multiplied.

    Returns:
        The config, sizes read from the tensors.

    Raises:
        ValueError: If a tensor from which a size is read is missing.
    """
    return {
        "unet_conf": checked_sizes(sizes.unet_conf, state, what, with_loa),
        "schedule_conf": dict(SCHEDULE),
        "conditions_conf": dict(conditions),
        "model_conf": {"objective": "eps", "ema_decay": 0.9999},
        "latent_scale": latent_scale,
        "null_tokens": None,
        "absent_weights": ["ema"],
    }


def loa_factor(phonemes: bool) -> int:
    """Return the pooling factor of the published models: 1 for speech, else 8."""
    return 1 if phonemes else 8


def with_stated(config: Sections, stated: Sections | None) -> dict[str, Any]:
    """Return a config in which stated values replace inferred ones.

    Args:
        config: Config of a part.
        stated: Values by section; None changes nothing.

    Returns:
        The config.
    """
    sections = {
        name: {**(config.get(name) or {}), **values}
        for name, values in (stated or {}).items()
    }
    return {**config, **sections}


def checked_part(
    name: str,
    config: Mapping[str, Any],
    state: State,
    geometry: ClipGeometry,
    provenance: Mapping[str, Any],
    what: str,
    origins: Mapping[str, str] | None,
) -> Part:
    """Complete a config, check every tensor against it, and return the part.

    Args:
        name: Name of the part.
        config: Its config, without geometry.
        state: Weights by our names.
        geometry: Sizes of clip, mel and latent.
        provenance: As ``provenance_of`` returns it.
        what: File and network, for messages.
        origins: Names in the file by names in the state, for messages.

    Returns:
        The part.

    Raises:
        ValueError: If a tensor is missing, extra or misshapen.
    """
    whole = {"part": name, "geometry_conf": geometry.to_dict(), **config}
    refuse_misfit_of_part(whole, state, what, origins)
    return Part(name, whole, state, dict(provenance))
