"""Read a file that holds one network: VAE, HiFi-GAN, AudioMAE or CLAP.

The network is recognised by its names, in the authors' layout or in that of diffusers,
transformers and timm; discriminators, losses and decoders of its training are left out.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import torch

from espnet2.gen_audio.checkpoint.archive.licences import LICENCES
from espnet2.gen_audio.checkpoint.archive.provenance import provenance_of
from espnet2.gen_audio.checkpoint.archive.system import Encoder, Part, System
from espnet2.gen_audio.checkpoint.assembly.builders import (
    audiomae_part,
    vae_part,
    vocoder_part,
)
from espnet2.gen_audio.checkpoint.assembly.encoders import clap_encoder
from espnet2.gen_audio.checkpoint.assembly.sizes import geometry_for
from espnet2.gen_audio.checkpoint.official.wrapped import plain_state
from espnet2.gen_audio.checkpoint.tables import audiomae, vae, vocoder
from espnet2.gen_audio.checkpoint.tables.renaming import rename, under
from espnet2.gen_audio.feats.clip import ClipGeometry

State = dict[str, torch.Tensor]

# Beginnings of names that only such a file has.
_BEGINNINGS = {
    "vae": ("encoder.down.", "encoder.down_blocks.", "decoder.up"),
    "vocoder": ("conv_pre.", "conv_post.", "ups.", "upsampler."),
    "audiomae": ("blocks.", "patch_embed."),
    "clap": ("audio_branch.", "text_branch."),
}
# Prefixes of a network inside the file of a larger model.
_PREFIXES = ("first_stage_model.", "audiomae.model.", "clap.model.", "model.")
_INNER_VOCODER = "vocoder."  # the authors' autoencoder file contains a vocoder


def read_standalone(
    state_dict: Mapping[str, Any], source: str, geometry: ClipGeometry | None = None
) -> System:
    """Turn a file with one network into a system of one part.

    Args:
        state_dict: Loaded file: a state, or a dictionary that holds one.
        source: Name of the file.
        geometry: Sizes of a clip; the published ones that fit the tensors if None.

    Returns:
        A system of one part or encoder; of two if the file of a VAE contains a vocoder.

    Raises:
        ValueError: If the network is unknown, or a tensor is unknown, missing or
            misshapen.
    """
    state, notes = plain_state(state_dict, source)
    state = _without_prefix(state)
    network = network_of(state)
    if network is None:
        name, tensor = next(iter(state.items()))
        raise ValueError(
            f"{source}, whose first tensor is {name} {tuple(tensor.shape)}, holds no "
            "network known here; known are a VAE in the layout of latent diffusion or "
            "diffusers, a HiFi-GAN generator, AudioMAE and CLAP"
        )
    if network == "clap":
        encoder = clap_encoder(state, _provenance("sentence_encoder", source, notes))
        return _system([encoder])
    if network == "audiomae":
        return _system([_audiomae(state, source, geometry, notes)])
    if network == "vocoder":
        return _system([_vocoder(state, source, geometry, notes)])
    inner = under(state, _INNER_VOCODER)
    own = {n: t for n, t in state.items() if not n.startswith(_INNER_VOCODER)}
    parts = [_vae(own, source, geometry, notes)]
    if inner:
        parts.append(_vocoder(inner, source, geometry, ()))
    return _system(parts)


def network_of(state: Mapping[str, torch.Tensor]) -> str | None:
    """Tell which network a state is of.

    Args:
        state: Tensors by name, without a common prefix.

    Returns:
        ``vae``, ``vocoder``, ``audiomae`` or ``clap``; None for anything else.
    """
    for network, beginnings in _BEGINNINGS.items():
        if any(name.startswith(beginnings) for name in state):
            return network
    return None


def _without_prefix(state: State) -> State:
    # torch.compile adds its prefix in the middle of names too
    state = {name.replace("_orig_mod.", ""): t for name, t in state.items()}
    for prefix in _PREFIXES:
        if all(name.startswith(prefix) for name in state):
            state = under(state, prefix)
    return state


def _vae(
    state: State, source: str, geometry: ClipGeometry | None, notes: Sequence[str]
) -> Part:
    official = any(name.startswith("encoder.down.") for name in state)
    table = vae.official_table(state) if official else vae.diffusers_table()
    net = rename(state, table, source)
    if geometry is None:
        geometry = geometry_for(_columns(net.state, "vae.net.post_quant_conv"), None)
    provenance = _provenance("vae", source, [*notes, *net.notes])
    return vae_part(net.state, geometry, provenance, net.origins)


def _vocoder(
    state: State, source: str, geometry: ClipGeometry | None, notes: Sequence[str]
) -> Part:
    folded = vocoder.folded(state)
    net = rename(folded, vocoder.TABLE, source)
    if geometry is None:
        geometry = geometry_for(None, _columns(net.state, "vocoder.net.conv_pre"))
    provenance = _provenance("vocoder", source, [*notes, *net.notes])
    return vocoder_part(net.state, geometry, provenance, net.origins)


def _audiomae(
    state: State, source: str, geometry: ClipGeometry | None, notes: Sequence[str]
) -> Part:
    net = rename(state, audiomae.TABLE, source)
    provenance = _provenance("audiomae", source, [*notes, *net.notes])
    return audiomae_part(net.state, geometry or ClipGeometry(), provenance, net.origins)


def _columns(state: State, layer: str) -> int | None:
    """Return the width that a layer reads, or None where it is missing."""
    kernel = state.get(f"{layer}.weight")
    return None if kernel is None or kernel.dim() < 2 else kernel.shape[1]


def _provenance(name: str, source: str, notes: Sequence[str]) -> dict[str, Any]:
    licence = f"not stated in the file; of the published one, {LICENCES[name]}"
    return provenance_of(name, source, notes, licence=licence)


def _system(members: Sequence[Part | Encoder]) -> System:
    parts = {m.name: m for m in members if isinstance(m, Part)}
    encoders = {m.name: m for m in members if isinstance(m, Encoder)}
    return System("custom", parts, encoders)
