"""VAE, vocoder and diffusion model of a folder: tensors and stated values."""

import re

from espnet2.gen_audio.checkpoint.archive.provenance import provenance_of
from espnet2.gen_audio.checkpoint.archive.system import Part
from espnet2.gen_audio.checkpoint.assembly import sizes
from espnet2.gen_audio.checkpoint.assembly.builders import (
    checked_part,
    ldm_config,
    loa_factor,
    vae_part,
    vocoder_part,
    with_stated,
)
from espnet2.gen_audio.checkpoint.assembly.checked_sizes import checked_sizes
from espnet2.gen_audio.checkpoint.diffusers import write_net_configs
from espnet2.gen_audio.checkpoint.diffusers.geometry import kernel_sizes
from espnet2.gen_audio.checkpoint.diffusers.language_model import pooling
from espnet2.gen_audio.checkpoint.diffusers.pipeline_folder import (
    NO_NETWORK,
    PipelineFolder,
    State,
)
from espnet2.gen_audio.checkpoint.diffusers.read_net_configs import (
    latent_scale,
    vae_settings,
    vocoder_settings,
)
from espnet2.gen_audio.checkpoint.diffusers.read_scheduler_config import (
    schedule_settings,
)
from espnet2.gen_audio.checkpoint.diffusers.read_unet_config import (
    has_published_heads,
    unet_settings,
)
from espnet2.gen_audio.checkpoint.diffusers.write_scheduler_config import (
    scheduler_config,
)
from espnet2.gen_audio.checkpoint.tables import vae, vocoder
from espnet2.gen_audio.checkpoint.tables.renaming import rename, with_prefix
from espnet2.gen_audio.feats.clip import ClipGeometry

# settings that tensors do not determine; a note lists those that a folder lacks
_VAE_KEYS = ("norm_num_groups",)
_VOCODER_KEYS = (
    "sampling_rate",
    "upsample_rates",
    "resblock_dilation_sizes",
    "leaky_relu_slope",
    "normalize_before",
)
_UNET_KEYS = (
    "attention_head_dim",
    "norm_num_groups",
    "norm_eps",
    "act_fn",
    "flip_sin_to_cos",
    "freq_shift",
)
_SCHEDULE_KEYS = (
    "num_train_timesteps",
    "beta_start",
    "beta_end",
    "beta_schedule",
    "prediction_type",
    "clip_sample",
    "set_alpha_to_one",
    "steps_offset",
    "timestep_spacing",
)


def read_vae(folder: PipelineFolder, geometry: ClipGeometry) -> Part:
    """Read the autoencoder.

    Args:
        folder: The folder.
        geometry: Sizes of a clip.

    Returns:
        The part.

    Raises:
        ValueError: If a tensor or a stated value does not fit.
    """
    file, what = folder.config("vae"), f"{folder.source}, VAE"
    net = rename(folder.states["vae"], vae.diffusers_table(), what)
    conf = checked_sizes(sizes.vae_conf, net.state, what)
    stated = {"vae_conf": vae_settings(file, conf["block_out_channels"])}
    provenance = provenance_of("vae", folder.source, net.notes)
    part = vae_part(net.state, geometry, provenance, net.origins, stated)
    # in our configs the factor belongs to the diffusion model
    scale = latent_scale(file)
    written = write_net_configs.vae_config(part, scale)
    file.refuse_disagreement(written, NO_NETWORK)
    part.provenance["notes"] += file.note(written, _VAE_KEYS)
    if "unet" not in folder.states:
        part.provenance["notes"].append(
            f"latent scale {scale:g} belongs to the diffusion model, which is missing"
        )
    return part


def read_vocoder(folder: PipelineFolder, geometry: ClipGeometry) -> Part:
    """Read the vocoder.

    Args:
        folder: The folder.
        geometry: Sizes of a clip.

    Returns:
        The part.

    Raises:
        ValueError: If a tensor or a stated value does not fit.
    """
    file, state = folder.config("vocoder"), folder.states["vocoder"]
    net = rename(state, vocoder.TABLE, f"{folder.source}, vocoder")
    kernels = kernel_sizes(state)
    convolutions = _convolutions(state, len(kernels))
    stated = vocoder_settings(file, kernels, convolutions, geometry)
    provenance = provenance_of("vocoder", folder.source, net.notes)
    part = vocoder_part(
        net.state, geometry, provenance, net.origins, {"vocoder_conf": stated}
    )
    written = write_net_configs.vocoder_config(part)
    file.refuse_disagreement(written, NO_NETWORK)
    part.provenance["notes"] += file.note(written, _VOCODER_KEYS)
    return part


def read_diffusion_model(folder: PipelineFolder, geometry: ClipGeometry) -> Part:
    """Read the U-Net, with scheduler and latent scale.

    Args:
        folder: The folder.
        geometry: Sizes of a clip.

    Returns:
        The part.

    Raises:
        ValueError: If a tensor or a stated value does not fit.
    """
    file, what = folder.config("unet"), f"{folder.source}, U-Net"
    state = with_prefix(folder.states["unet"], "unet.net.")
    scale = latent_scale(folder.config("vae"))
    pooled = pooling(folder, geometry).get("model_conf")
    conditions = pooled or {"loa_factor": loa_factor(folder.speech)}
    config = ldm_config(state, what, conditions, folder.attends_to_loa, scale)
    stated, notes = unet_settings(file, config["unet_conf"])
    if "scaling_factor" not in folder.config("vae").stated:
        notes.append(f"no vae/config.json states the latent scale; assumed {scale:g}")
    schedule = folder.config("scheduler")
    sections = {"unet_conf": stated}
    if schedule.is_there:
        conf, objective = schedule_settings(schedule)
        sections |= {"schedule_conf": conf, "model_conf": {"objective": objective}}
    config = with_stated(config, sections)
    provenance = provenance_of("ldm", folder.source, notes, weights="raw")
    part = checked_part("ldm", config, state, geometry, provenance, what, None)
    wrong = has_published_heads(file, config["unet_conf"])
    quirk = ("attention_head_dim",) if wrong else ()
    for each, written, keys, without in (
        (file, write_net_configs.unet_config(part), _UNET_KEYS, quirk),
        (schedule, scheduler_config(part), _SCHEDULE_KEYS, ()),
    ):
        each.refuse_disagreement(written, (*NO_NETWORK, *without))
        part.provenance["notes"] += each.note(written, keys)
    return part


def _convolutions(state: State, stages: int) -> list[int]:
    """Return how many dilated convolutions each residual block of a stage has."""
    pattern = re.compile(r"resblocks\.(\d+)\.convs1\.(\d+)\.weight")
    counts: dict[int, int] = {}
    for match in filter(None, map(pattern.fullmatch, state)):
        block = int(match[1])
        counts[block] = counts.get(block, 0) + 1
    return [counts[block] for block in sorted(counts)][: len(counts) // max(stages, 1)]
