"""Build the parts of a system from tensors with our names.

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
from espnet2.gen_audio.feats.clip import ClipGeometry

State = dict[str, torch.Tensor]
SCHEDULE = {"num_steps": 1000, "beta_start": 0.0015, "beta_end": 0.0195}


def vae_part(
    state: State,
    geometry: ClipGeometry,
    provenance: Mapping[str, Any],
    origins: Mapping[str, str] | None = None,
) -> Part:
    """Make the autoencoder.

    Args:
        state: Names below ``vae.net.``.
        geometry: Sizes of clip, mel and latent.
        provenance: As ``provenance_of`` returns it.
        origins: Names in the file by names in the state, for messages.

    Returns:
        The part, without discriminator.

    Raises:
        ValueError: If a tensor is missing, extra or misshapen.
    """
    what = f"{provenance['source']}, autoencoder"
    config = {
        "vae_conf": checked_sizes(sizes.vae_conf, state, what),
        "absent_weights": ["discriminator", "generator_steps"],
    }
    return _part("vae", config, state, geometry, provenance, what, origins)


def vocoder_part(
    state: State,
    geometry: ClipGeometry,
    provenance: Mapping[str, Any],
    origins: Mapping[str, str] | None = None,
) -> Part:
    """Make the vocoder.

    Args:
        state: Names below ``vocoder.net.``, weight norm folded; mean and scale of the
            mel bands are added where they are missing.
        geometry: Sizes of clip and mel.
        provenance: As ``provenance_of`` returns it.
        origins: Names in the file by names in the state, for messages.

    Returns:
        The part, without discriminators.

    Raises:
        ValueError: If a tensor is missing, extra or misshapen.
    """
    what = f"{provenance['source']}, vocoder"
    state = checked_sizes(with_scaling, state, what)
    config = {
        "vocoder_conf": checked_sizes(sizes.vocoder_conf, state, what),
        "absent_weights": ["discriminator", "generator_steps"],
    }
    return _part("vocoder", config, state, geometry, provenance, what, origins)


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
        # the authors' other decoder; windows would not fill this grid
        config["decoder_conf"] = {"kind": "global", "layers": 8}
    return _part("audiomae", config, state, geometry, provenance, what, origins)


def lm_part(
    state: State,
    geometry: ClipGeometry,
    provenance: Mapping[str, Any],
    phonemes: bool,
    origins: Mapping[str, str] | None = None,
) -> Part:
    """Make the language model of LOA.

    Args:
        state: Names below ``lm.`` and, for speech, ``text_encoder.``.
        geometry: Sizes of a clip.
        provenance: As ``provenance_of`` returns it.
        phonemes: Whether it is a speech model: it reads phonemes and predicts every
            patch; others read text states and predict the LOA pooled by 8.
        origins: Names in the file by names in the state, for messages.

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
    return _part("loa_lm", config, state, geometry, provenance, what, origins)


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
        latent_scale: Factor of the latents.
        origins: Names in the file by names in the state, for messages.

    Returns:
        The part, without moving average; the encoding of the empty caption is to be
        computed by who has the encoder.

    Raises:
        ValueError: If a tensor is missing, extra or misshapen.
    """
    what = f"{provenance['source']}, U-Net"
    config = {
        "unet_conf": checked_sizes(sizes.unet_conf, state, what, with_loa),
        "schedule_conf": dict(SCHEDULE),
        "conditions_conf": dict(conditions),
        "model_conf": {"objective": "eps", "ema_decay": 0.9999},
        "latent_scale": latent_scale,
        "null_tokens": None,
        "absent_weights": ["ema"],
    }
    return _part("ldm", config, state, geometry, provenance, what, origins)


def loa_factor(phonemes: bool) -> int:
    """Return the pooling factor of the published models: 1 for speech, else 8."""
    return 1 if phonemes else 8


def _part(
    name: str,
    config: Mapping[str, Any],
    state: State,
    geometry: ClipGeometry,
    provenance: Mapping[str, Any],
    what: str,
    origins: Mapping[str, str] | None,
) -> Part:
    """Complete the config, check every tensor, and put both together."""
    whole = {"part": name, "geometry_conf": geometry.to_dict(), **config}
    refuse_misfit_of_part(whole, state, what, origins)
    return Part(name, whole, state, dict(provenance))
