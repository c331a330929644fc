"""Read a whole official checkpoint of AudioLDM 2 into a system of ours.

Each tensor of the file belongs to exactly one network, or is left out for a reason that
is reported; networks that the file holds twice are compared first. Source of the
layout: the published checkpoints of AudioLDM 2, arXiv:2308.05734.

In the authors' file the conditioners are numbered. The one that predicts LOA
("generator" here) holds conditioners of its own: CLAP, FLAN-T5 or the phoneme encoder,
and AudioMAE. Models without LOA have FLAN-T5 or CLAP in its place.
"""

from collections.abc import Mapping
from typing import Any

import torch

from espnet2.gen_audio.checkpoint.archive.provenance import provenance_of
from espnet2.gen_audio.checkpoint.archive.system import Encoder, Part, System
from espnet2.gen_audio.checkpoint.assembly.builders import (
    audiomae_part,
    ldm_part,
    lm_part,
    loa_factor,
    vae_part,
    vocoder_part,
)
from espnet2.gen_audio.checkpoint.assembly.encoders import clap_encoder, t5_encoder
from espnet2.gen_audio.checkpoint.assembly.sizes import geometry_for
from espnet2.gen_audio.checkpoint.official.copies import pick_copy
from espnet2.gen_audio.checkpoint.official.layout import PREFIXES, Layout, take_apart
from espnet2.gen_audio.checkpoint.official.schedule import check_schedule
from espnet2.gen_audio.checkpoint.official.wrapped import plain_state
from espnet2.gen_audio.checkpoint.tables import audiomae, lm, phoneme, vae, vocoder
from espnet2.gen_audio.checkpoint.tables.renaming import (
    Piece,
    Renamed,
    rename_pieces,
    under,
)
from espnet2.gen_audio.checkpoint.tables.unet import averaged, unet_table
from espnet2.gen_audio.feats.clip import ClipGeometry

WEIGHTS = ("raw", "ema")
_ENCODERS = {
    "clap": ("sentence_encoder", clap_encoder),
    "t5": ("tokens_encoder", t5_encoder),
}
State = dict[str, torch.Tensor]


def read_official(
    state_dict: Mapping[str, Any],
    source: str,
    weights: str = "raw",
    geometry: ClipGeometry | None = None,
    copies: Mapping[str, str] | None = None,
) -> System:
    """Turn the contents of an official ``.pth`` into parts and encoders.

    Args:
        state_dict: Loaded file: a state, or a dictionary that holds one.
        source: Name of the file.
        weights: Which U-Net: ``raw``, as the authors' inference takes it, or ``ema``.
        geometry: Sizes of a clip; the published ones that fit the tensors if None.
        copies: Which copy of CLAP (``clap``) and of FLAN-T5 (``t5``) is taken where
            they differ, see ``copies.COPIES``.

    Returns:
        The system. Encoders come without tokenizers, which the file does not hold.

    Raises:
        ValueError: If a tensor is unknown, missing or misshapen, copies differ and none
            was chosen, or the noise schedule differs from the published one.
    """
    if weights not in WEIGHTS:
        raise ValueError(f"weights {weights!r} are unknown; use one of {WEIGHTS}")
    state, notes = plain_state(state_dict, source)
    layout = take_apart(state, source)
    check_schedule(state, source)
    notes += layout.notes
    if geometry is None:
        geometry = _published_geometry(layout)
    parts = [
        _vae(layout, source, geometry),
        _vocoder(layout, source, geometry),
        _ldm(layout, source, geometry, weights),
    ]
    if "generator" in layout.conditioners:
        parts.append(_lm(layout, source, geometry))
    if "audiomae" in layout.conditioners:
        parts.append(_audiomae(layout, source, geometry))
    encoders = [
        _encoder(layout, network, source, (copies or {}).get(network))
        for network in _ENCODERS
        if network in layout.conditioners
    ]
    return System(
        variant_of(layout, parts[2], source),
        {part.name: part for part in parts},
        {encoder.name: encoder for encoder in encoders},
        notes,
    )


def variant_of(layout: Layout, ldm: Part, source: str) -> str:
    """Return the name of the published model that has these parts.

    Args:
        layout: The file's parts.
        ldm: The diffusion model.
        source: Name of the file; tells apart models that differ in training only.

    Returns:
        For example ``audioldm2-full``.
    """
    unet = ldm.config["unet_conf"]
    if "generator" not in layout.conditioners:
        film = unet.get("film_dim") is not None
        return "audioldm_48k" if film else "audioldm_16k_crossattn_t5"
    if "phonemes" in layout.conditioners:
        corpora = [c for c in ("ljspeech", "gigaspeech") if c in source.lower()]
        return "-".join(["audioldm2-speech", *corpora[:1]])
    if unet["transformer_depth"] > 1:
        return "audioldm2-full-large"
    return "audioldm2-music" if "music" in source.lower() else "audioldm2-full"


def _published_geometry(layout: Layout) -> ClipGeometry:
    latent = layout.vae.get("post_quant_conv.weight")
    mel = layout.vocoder.get("conv_pre.weight")
    return geometry_for(*(None if t is None else t.shape[1] for t in (latent, mel)))


def _vae(layout: Layout, source: str, geometry: ClipGeometry) -> Part:
    table = vae.official_table(layout.vae)
    net = rename_pieces([Piece(layout.vae, table, PREFIXES["vae"])], source)
    return vae_part(
        net.state, geometry, provenance_of("vae", source, net.notes), net.origins
    )


def _vocoder(layout: Layout, source: str, geometry: ClipGeometry) -> Part:
    state = vocoder.folded(layout.vocoder)
    pieces = [Piece(state, vocoder.TABLE, PREFIXES["vocoder"])]
    net = rename_pieces(pieces, source)
    return vocoder_part(
        net.state, geometry, provenance_of("vocoder", source, net.notes), net.origins
    )


def _lm(layout: Layout, source: str, geometry: ClipGeometry) -> Part:
    ((prefix, generator),) = layout.conditioners["generator"]
    around = {n: t for n, t in generator.items() if not n.startswith("model.")}
    pieces = [
        Piece(under(generator, "model."), lm.GPT2_TABLE, f"{prefix}model."),
        Piece(around, lm.OFFICIAL_SEQUENCE_TABLE, prefix),
    ]
    for place, state in layout.conditioners.get("phonemes", ()):
        pieces.append(Piece(state, phoneme.OFFICIAL_TABLE, place))
    net = rename_pieces(pieces, source)
    provenance = provenance_of("loa_lm", source, net.notes)
    speech = "phonemes" in layout.conditioners
    return lm_part(net.state, geometry, provenance, speech, net.origins)


def _audiomae(layout: Layout, source: str, geometry: ClipGeometry) -> Part:
    ((prefix, state),) = layout.conditioners["audiomae"]
    pieces = [Piece(state, audiomae.TABLE, f"{prefix}audiomae.model.")]
    net = rename_pieces(pieces, source)
    return audiomae_part(
        net.state, geometry, provenance_of("audiomae", source, net.notes), net.origins
    )


def _ldm(layout: Layout, source: str, geometry: ClipGeometry, weights: str) -> Part:
    # raw weights are read for the average too: its names are made from theirs
    net = _unet(layout.unet, source)
    average, note = _average(layout, source)
    if weights == "ema":
        if average is None:
            raise ValueError(
                f"{source} holds no moving average (model_ema.*); load it with "
                "--weights raw"
            )
        net = _unet(average, source)
        note = f"raw weights ({len(layout.unet)} tensors): left out for the average"
    provenance = provenance_of("ldm", source, [note, *net.notes], weights=weights)
    with_loa = "generator" in layout.conditioners
    conditions = {}
    if with_loa:
        conditions["loa_factor"] = loa_factor("phonemes" in layout.conditioners)
    return ldm_part(
        net.state,
        geometry,
        provenance,
        conditions,
        with_loa,
        layout.latent_scale,
        net.origins,
    )


def _unet(state: State, source: str) -> Renamed:
    piece = Piece(state, unet_table(state), PREFIXES["unet"])
    return rename_pieces([piece], source)


def _average(layout: Layout, source: str) -> tuple[State | None, str]:
    """Return the moving average, checked against the raw weights, and a note on it."""
    if not layout.average:
        return None, "no moving average in the file"
    average = averaged(layout.average, layout.unet, f"{source}, U-Net")
    for name, tensor in average.items():
        given, raw = tuple(tensor.shape), tuple(layout.unet[name].shape)
        if given != raw:
            raise ValueError(
                f"{source}: the moving average of {PREFIXES['unet']}{name} has shape "
                f"{given}, the raw weight {raw}; give an unchanged checkpoint"
            )
    count = len(layout.average)
    return average, f"model_ema.* ({count} tensors): left out for the raw weights"


def _encoder(layout: Layout, network: str, source: str, wanted: str | None) -> Encoder:
    """Compare the copies of an encoder, and make the encoder from one of them."""
    name, make = _ENCODERS[network]
    copies = layout.conditioners[network]
    kept, use, notes = pick_copy(copies, network, source, wanted)
    stated = {"copy": use} if len(copies) > 1 else {}
    return make(kept, provenance_of(name, source, notes, **stated))
