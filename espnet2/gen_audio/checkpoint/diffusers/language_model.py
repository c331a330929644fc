"""The language model of a folder: GPT-2, projections and phoneme encoder."""

from typing import Any

from espnet2.gen_audio.checkpoint.archive.provenance import provenance_of
from espnet2.gen_audio.checkpoint.archive.system import Part
from espnet2.gen_audio.checkpoint.assembly import sizes
from espnet2.gen_audio.checkpoint.assembly.builders import lm_part
from espnet2.gen_audio.checkpoint.assembly.checked_sizes import checked_sizes
from espnet2.gen_audio.checkpoint.diffusers import write_language_configs
from espnet2.gen_audio.checkpoint.diffusers.config_file import shown
from espnet2.gen_audio.checkpoint.diffusers.pipeline_folder import (
    NO_NETWORK,
    PipelineFolder,
    State,
)
from espnet2.gen_audio.checkpoint.diffusers.read_language_config import (
    gpt2_settings,
    loa_factor,
)
from espnet2.gen_audio.checkpoint.diffusers.weights import read_weights
from espnet2.gen_audio.checkpoint.tables import lm, phoneme
from espnet2.gen_audio.checkpoint.tables.renaming import Renamed, rename
from espnet2.gen_audio.feats.clip import ClipGeometry

# settings that tensors do not determine; a note lists those that a folder lacks
_GPT2_KEYS = ("n_head", "activation_function", "layer_norm_epsilon", "max_new_tokens")


def read_language_model(folder: PipelineFolder, geometry: ClipGeometry) -> Part:
    """Read GPT-2 with its projections and, for speech, the phoneme encoder.

    Args:
        folder: The folder.
        geometry: Sizes of a clip.

    Returns:
        The part; unused tensors of a VITS model are its ``leftover``.

    Raises:
        ValueError: If GPT-2 or the projections are missing, or a tensor or a stated
            value does not fit.
    """
    for name in ("language_model", "projection_model"):
        if name not in folder.states:
            raise ValueError(
                f"{folder.path} has no {name}; GPT-2 and its projections are one part: "
                "give both, or neither"
            )
    source, file = folder.source, folder.config("language_model")
    gpt2 = rename(folder.states["language_model"], lm.GPT2_TABLE, f"{source}, GPT-2")
    table, what = lm.DIFFUSERS_PROJECTION_TABLE, f"{source}, projection model"
    around = rename(folder.states["projection_model"], table, what)
    state = gpt2.state | checked_sizes(lm.with_marker_tables, around.state, what)
    notes, leftover = list(gpt2.notes), {}
    if folder.speech:
        phonemes, leftover = _phoneme_encoder(folder)
        state |= phonemes.state
        notes += phonemes.notes
    width = checked_sizes(sizes.lm_conf, state, f"{source}, GPT-2")["width"]
    stated = {"lm_conf": gpt2_settings(file, width)}
    stated |= pooling(folder, geometry)
    provenance = provenance_of("loa_lm", source, notes)
    part = lm_part(state, geometry, provenance, folder.speech, gpt2.origins, stated)
    part.leftover = leftover
    part.provenance["notes"] += _refuse_configs_of_lm(folder, part)
    return part


def pooling(folder: PipelineFolder, geometry: ClipGeometry) -> dict[str, Any]:
    """Return the section of a config with the pooling factor of the LOA.

    Args:
        folder: The folder.
        geometry: Sizes of a clip.

    Returns:
        ``model_conf``; empty if the folder does not state the number of LOA vectors,
        and for speech: published speech folders state 8, but are to be used with all
        512.

    Raises:
        ValueError: If no factor gives the stated number of vectors.
    """
    file = folder.config("language_model")
    if folder.speech or "max_new_tokens" not in file.stated:
        return {}
    return {"model_conf": {"loa_factor": loa_factor(file, geometry)}}


def _phoneme_encoder(folder: PipelineFolder) -> tuple[Renamed, State]:
    """Return the phoneme encoder of a VITS model, and the model's other tensors."""
    vits = read_weights(folder.path / "text_encoder_2")
    lead = "text_encoder."
    leftover = {name: t for name, t in vits.items() if not name.startswith(lead)}
    return rename(vits, phoneme.VITS_MODEL_TABLE, f"{folder.source}, VITS"), leftover


def _refuse_configs_of_lm(folder: PipelineFolder, part: Part) -> list[str]:
    """Compare the three config files with the part; return notes."""
    file = folder.config("language_model")
    written = write_language_configs.gpt2_config(
        part, write_language_configs.loa_tokens(part)
    )
    without, notes = list(NO_NETWORK), file.note(written, _GPT2_KEYS)
    if file.stated.get("n_inner") is None:
        without.append("n_inner")
    vectors = file.stated.get("max_new_tokens")
    if folder.speech:
        without.append("max_new_tokens")
        file.refuse_disagreement(written, without)
        vits = folder.config("text_encoder_2")
        vits.refuse_disagreement(
            write_language_configs.vits_config(part), (*NO_NETWORK, "pad_token_id")
        )
        if vectors not in (None, written["max_new_tokens"]):
            notes.append(
                f"all {written['max_new_tokens']} LOA vectors of a clip are predicted, "
                f"as speech requires, and not max_new_tokens = {shown(vectors)}"
            )
    file.refuse_disagreement(written, without)
    projection = folder.config("projection_model")
    projection.refuse_disagreement(write_language_configs.projection_config(part))
    return notes
