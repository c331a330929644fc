"""Read a folder of diffusers' AudioLDM2Pipeline.

Our nets hold the layers of diffusers and transformers, so tensors keep their names
below a prefix. The head counts of the published folders are wrong for the weights
(8 at every level, where the authors' network has heads of 32 features); reading and
writing both use the right ones.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from espnet2.gen_audio.checkpoint.archive.encoder_fit import refuse_misfit_of_encoder
from espnet2.gen_audio.checkpoint.archive.folder import read_json
from espnet2.gen_audio.checkpoint.archive.provenance import provenance_of
from espnet2.gen_audio.checkpoint.archive.system import Encoder, Part, System
from espnet2.gen_audio.checkpoint.assembly.checked_sizes import checked_sizes
from espnet2.gen_audio.checkpoint.assembly.parts import (
    ldm_part,
    lm_part,
    vae_part,
    vocoder_part,
)
from espnet2.gen_audio.checkpoint.assembly.sizes import geometry_for
from espnet2.gen_audio.checkpoint.tables import lm, phoneme, vae, vocoder
from espnet2.gen_audio.checkpoint.tables.renaming import rename, with_prefix
from espnet2.gen_audio.feats.clip import ClipGeometry
from espnet2.gen_audio.files.tensor_file import load_tensors

# stems of weight files, in diffusers and in transformers
_STEMS = ("diffusion_pytorch_model", "model", "pytorch_model")
_HEADS = "heads of 32 features, whatever attention_head_dim of the folder says"


def read_diffusers(folder: Path | str, geometry: ClipGeometry | None = None) -> System:
    """Read a pipeline's folder, or one with some of its parts.

    Args:
        folder: With ``unet``, ``vae``, ``vocoder``, ``language_model``,
            ``projection_model``, ``text_encoder``, ``text_encoder_2`` and their
            tokenizers, as far as they are there.
        geometry: Sizes of a clip; the published ones that fit if None.

    Returns:
        The system; the VITS model's unused tensors stay with ``loa_lm``.

    Raises:
        ValueError: If a tensor or a config does not fit.
    """
    folder = Path(folder)
    source = folder.resolve().name
    states = {
        name: read_weights(folder / name)
        for name in ("unet", "vae", "vocoder", "language_model", "projection_model")
        if (folder / name).is_dir()
    }
    if geometry is None:
        geometry = _geometry_of(states)
    parts: dict[str, Part] = {}
    if "vae" in states:
        net = rename(states["vae"], vae.diffusers_table(), f"{source}, VAE")
        provenance = provenance_of("vae", source, net.notes)
        parts["vae"] = vae_part(net.state, geometry, provenance, net.origins)
    if "vocoder" in states:
        net = rename(states["vocoder"], vocoder.TABLE, f"{source}, vocoder")
        provenance = provenance_of("vocoder", source, net.notes)
        parts["vocoder"] = vocoder_part(net.state, geometry, provenance, net.origins)
    speech = _config(folder / "text_encoder_2").get("model_type") == "vits"
    if "language_model" in states or "projection_model" in states:
        parts["loa_lm"] = _language_model(folder, states, geometry, source, speech)
    if "unet" in states:
        parts["ldm"] = _diffusion(folder, states, geometry, source, speech)
    encoders = _read_encoders(folder, source, speech)
    if not parts and not encoders:
        raise ValueError(
            f"{folder} holds no part of an AudioLDM2Pipeline (unet, vae, vocoder, "
            "language_model with projection_model, text_encoder, text_encoder_2)"
        )
    return System(_variant(parts, speech), parts, encoders)


def read_weights(folder: Path) -> dict[str, torch.Tensor]:
    """Read the weights of one component: one file or several, safe formats first.

    Args:
        folder: With ``diffusion_pytorch_model`` or ``model`` files; a variant such as
            fp16 is taken where there is nothing else.

    Returns:
        Tensors by name.

    Raises:
        FileNotFoundError: If there are no weights, or a shard is missing.
        ValueError: If the list of shards is of another form, or a file is damaged.
    """
    for index in sorted(folder.glob("*.index.json")):
        files = read_json(index).get("weight_map")
        if not _is_text(files):
            raise ValueError(
                f"{index} has no weight_map of tensors and files; download the folder "
                "again"
            )
        files = sorted(set(files.values()))
        missing = [name for name in files if not (folder / name).is_file()]
        if missing:
            raise FileNotFoundError(
                f"{folder / missing[0]} does not exist, but {index.name} names it; "
                "download the folder again"
            )
        state: dict[str, torch.Tensor] = {}
        for name in files:
            state |= load_tensors(folder / name)
        return state
    for end in (".safetensors", ".bin"):
        found = [path for stem in _STEMS for path in folder.glob(f"{stem}*{end}")]
        if found:
            return load_tensors(min(found, key=lambda path: len(path.name)))
    raise FileNotFoundError(
        f"{folder} has no weights ({_STEMS[0]}.safetensors, {_STEMS[1]}.safetensors or "
        ".bin); download the folder again, or remove this part of it"
    )


def _is_text(files: Any) -> bool:
    """Tell whether a weight_map names files beside it."""
    names = files.values() if isinstance(files, dict) else [None]
    return all(isinstance(name, str) and Path(name).name == name for name in names)


def _geometry_of(states: Mapping[str, Any]) -> ClipGeometry:
    def columns(name: str, tensor: str) -> int | None:
        """Return the second size of a tensor, or None where there is none."""
        found = states.get(name, {}).get(tensor)
        return None if found is None or found.dim() < 2 else found.shape[1]

    channels = columns("unet", "conv_in.weight")
    if channels is None:
        channels = columns("vae", "post_quant_conv.weight")
    return geometry_for(channels, columns("vocoder", "conv_pre.weight"))


def _language_model(
    folder: Path,
    states: Mapping[str, dict[str, torch.Tensor]],
    geometry: ClipGeometry,
    source: str,
    speech: bool,
) -> Part:
    for name in ("language_model", "projection_model"):
        if name not in states:
            raise ValueError(
                f"{folder} has no {name}; GPT-2 and its projections are one part: give "
                "both, or neither"
            )
    gpt2 = rename(states["language_model"], lm.GPT2_TABLE, f"{source}, GPT-2")
    table, what = lm.DIFFUSERS_PROJECTION_TABLE, f"{source}, projection model"
    around = rename(states["projection_model"], table, what)
    state = gpt2.state | checked_sizes(lm.with_marker_tables, around.state, what)
    notes, leftover = list(gpt2.notes), {}
    if speech:
        vits = read_weights(folder / "text_encoder_2")
        phonemes = rename(vits, phoneme.VITS_MODEL_TABLE, f"{source}, VITS")
        state |= phonemes.state
        notes += phonemes.notes
        lead = "text_encoder."
        leftover = {n: t for n, t in vits.items() if not n.startswith(lead)}
    provenance = provenance_of("loa_lm", source, notes)
    part = lm_part(state, geometry, provenance, speech, gpt2.origins)
    heads = _config(folder / "language_model").get("n_head")
    if heads:
        part.config["lm_conf"]["heads"] = heads
    part.leftover = leftover
    return part


def _diffusion(
    folder: Path,
    states: Mapping[str, dict[str, torch.Tensor]],
    geometry: ClipGeometry,
    source: str,
    speech: bool,
) -> Part:
    scale = _config(folder / "vae").get("scaling_factor")
    notes = [_HEADS]
    if scale is None:
        scale = 1.0
        notes.append("no vae/config.json states the latent scale: taken as 1")
    provenance = provenance_of("ldm", source, notes, weights="raw")
    conditions = {"loa_factor": 1 if speech else 8}
    state = with_prefix(states["unet"], "unet.net.")
    alone = (folder / "model_index.json").is_file() and "language_model" not in states
    part = ldm_part(state, geometry, provenance, conditions, not alone, float(scale))
    schedule = _config(folder / "scheduler", "scheduler_config.json")
    if schedule:
        part.config["schedule_conf"] = {
            "num_steps": schedule["num_train_timesteps"],
            "beta_start": schedule["beta_start"],
            "beta_end": schedule["beta_end"],
        }
        names = {"epsilon": "eps", "v_prediction": "v", "sample": "x0"}
        objective = names[schedule.get("prediction_type", "epsilon")]
        part.config["model_conf"]["objective"] = objective
    return part


def _read_encoders(folder: Path, source: str, speech: bool) -> dict[str, Encoder]:
    encoders = {}
    places = {"sentence_encoder": ("text_encoder", "tokenizer", "feature_extractor")}
    if not speech:
        places["tokens_encoder"] = ("text_encoder_2", "tokenizer_2")
    for name, (model, *others) in places.items():
        if not (folder / model).is_dir():
            continue
        files = {
            path.name: path.read_bytes()
            for other in others
            for path in sorted((folder / other).glob("*"))
            if path.is_file()
        }
        config, state = _config(folder / model), read_weights(folder / model)
        refuse_misfit_of_encoder(config, state, folder / model)
        provenance = provenance_of(name, source)
        encoders[name] = Encoder(name, config, state, files, provenance)
    return encoders


def _config(folder: Path, name: str = "config.json") -> dict[str, Any]:
    path = folder / name
    return read_json(path) if path.is_file() else {}


def _variant(parts: Mapping[str, Part], speech: bool) -> str:
    """Name the published model whose U-Net this is; music has that of full."""
    if "ldm" not in parts or speech:
        return "audioldm2-speech" if speech else "custom"
    conf = parts["ldm"].config["unet_conf"]
    if conf["channels"] != [128, 256, 384, 640]:
        return "custom"
    large = conf["transformer_depth"] == 2
    return "audioldm2-full-large" if large else "audioldm2-full"
