"""Write a system as the folder that diffusers' AudioLDM2Pipeline opens."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from espnet2.gen_audio.checkpoint.archive.system import Encoder, Part, System
from espnet2.gen_audio.checkpoint.archive.tensor_writer import write_tensors
from espnet2.gen_audio.checkpoint.diffusers import (
    write_language_configs,
    write_net_configs,
)
from espnet2.gen_audio.checkpoint.diffusers.classes import CLASSES, model_index
from espnet2.gen_audio.checkpoint.diffusers.write_scheduler_config import (
    scheduler_config,
)
from espnet2.gen_audio.checkpoint.tables.renaming import under
from espnet2.gen_audio.checkpoint.tables.vocoder import folded
from espnet2.gen_audio.files.atomic_file import write_text

PROVENANCE = "provenance.json"
PIPELINE_INDEX = "model_index.json"  # written last, and only for a whole pipeline
_EXTRACTOR = "preprocessor_config.json"
_SEQUENCE = "lm.sequence."


def write_diffusers(system: System, folder: Path | str) -> list[str]:
    """Write the components that a system has, and the index if it has all.

    Args:
        system: What to write.
        folder: Folder to write.

    Returns:
        Components that an AudioLDM2Pipeline needs and the system lacks; without them
        the folder holds parts, not a pipeline.

    Raises:
        ValueError: If a part has no counterpart in diffusers, or the system has no part
            of a pipeline.
    """
    folder = Path(folder)
    parts, encoders = system.parts, system.encoders
    components = _nets(parts) | _encoders(parts, encoders)
    if not components:
        raise ValueError(
            f"a system of {', '.join(system.members()) or 'nothing'} has none of the "
            "parts of an AudioLDM2Pipeline; export it with --format safetensors or "
            "espnet"
        )
    folder.mkdir(parents=True, exist_ok=True)
    (folder / PIPELINE_INDEX).unlink(missing_ok=True)
    for name, (config, state) in components.items():
        target = folder / name
        target.mkdir(exist_ok=True)
        file = "scheduler_config.json" if name == "scheduler" else "config.json"
        write_text(target / file, _as_json(config))
        if state:
            library = CLASSES[name][0]
            stem = "model" if library == "transformers" else "diffusion_pytorch_model"
            write_tensors(state, target / f"{stem}.safetensors")
    written = {*components, *_write_tokenizers(encoders, folder)}
    stated = {n: dict(member.provenance) for n, member in system.members().items()}
    stated = {"variant": system.variant, "parts": stated}
    write_text(folder / PROVENANCE, _as_json(stated))
    speech = _is_speech(parts)
    lacking = [name for name in CLASSES if name not in written]
    if not lacking:
        index = model_index(speech)
        index.update(_tokenizer_classes(encoders))
        write_text(folder / PIPELINE_INDEX, _as_json(index))
    return lacking


def _nets(parts: Mapping[str, Part]) -> dict[str, tuple[dict, dict]]:
    """Return config and state of each component that is a network of ours."""
    made: dict[str, tuple[dict[str, Any], dict[str, torch.Tensor]]] = {}
    if "ldm" in parts:
        ldm = parts["ldm"]
        made["unet"] = (
            write_net_configs.unet_config(ldm),
            under(ldm.state, "unet.net."),
        )
        made["scheduler"] = (scheduler_config(ldm), {})
    if "vae" in parts:
        vae = parts["vae"]
        scale = parts["ldm"].config["latent_scale"] if "ldm" in parts else 1.0
        made["vae"] = (
            write_net_configs.vae_config(vae, scale),
            under(vae.state, "vae.net."),
        )
    if "vocoder" in parts:
        vocoder = parts["vocoder"]
        state = folded(under(vocoder.state, "vocoder.net."))
        made["vocoder"] = (write_net_configs.vocoder_config(vocoder), state)
    if "loa_lm" in parts:
        lm = parts["loa_lm"]
        tokens = write_language_configs.loa_tokens(lm)
        made["language_model"] = (
            write_language_configs.gpt2_config(lm, tokens),
            under(lm.state, "lm.gpt2."),
        )
        made["projection_model"] = (
            write_language_configs.projection_config(lm),
            _projections(lm),
        )
    return made


def _encoders(
    parts: Mapping[str, Part], encoders: Mapping[str, Encoder]
) -> dict[str, tuple[dict, dict]]:
    made = {}
    if "sentence_encoder" in encoders:
        clap = encoders["sentence_encoder"]
        made["text_encoder"] = (clap.config, clap.state)
    if _is_speech(parts):
        made["text_encoder_2"] = _vits(parts["loa_lm"])
    elif "tokens_encoder" in encoders:
        t5 = encoders["tokens_encoder"]
        made["text_encoder_2"] = (t5.config, t5.state)
    return made


def _is_speech(parts: Mapping[str, Part]) -> bool:
    return "loa_lm" in parts and "text_encoder.positions" in parts["loa_lm"].state


def _projections(lm: Part) -> dict[str, torch.Tensor]:
    """Return projections and markers under the names of diffusers' projection model."""
    names = list(lm.config["lm_conf"]["condition_dims"])
    state = {}
    for number, name in enumerate(names):
        end = "" if number == 0 else f"_{number}"
        for parameter in ("weight", "bias"):
            tensor = lm.state[f"{_SEQUENCE}projections.{name}.{parameter}"]
            state[f"projection{end}.{parameter}"] = tensor
        for vector, table in (("sos", "start"), ("eos", "end")):
            rows = lm.state[f"{_SEQUENCE}{table}_markers.weight"]
            state[f"{vector}_embed{end}"] = rows[number].clone()
    if "text_encoder.positions" in lm.state:
        state["learnable_positional_embedding"] = lm.state["text_encoder.positions"]
    return state


def _vits(lm: Part) -> tuple[dict[str, Any], dict[str, torch.Tensor]]:
    """Return a VITS model with the phoneme encoder; its other layers are not used."""
    config = write_language_configs.vits_config(lm)
    rest = dict(lm.leftover)
    if not rest:
        from transformers import VitsConfig, VitsModel

        state = torch.get_rng_state()
        torch.manual_seed(0)
        fresh = VitsModel(VitsConfig(**config)).state_dict()
        torch.set_rng_state(state)
        rest = {n: t for n, t in fresh.items() if not n.startswith("text_encoder.")}
    own = under(lm.state, "text_encoder.net.")
    return config, rest | {f"text_encoder.{name}": t for name, t in own.items()}


def _write_tokenizers(encoders: Mapping[str, Encoder], folder: Path) -> set[str]:
    """Write tokenizers and feature extractor; return the folders that were made."""
    made = set()
    for name, place in (
        ("sentence_encoder", "tokenizer"),
        ("tokens_encoder", "tokenizer_2"),
    ):
        files = dict(encoders[name].files) if name in encoders else {}
        extractor = files.pop(_EXTRACTOR, None)
        if name == "sentence_encoder" and name in encoders:
            config = write_net_configs.extractor_config(encoders[name])
            content = extractor or _as_json(config).encode("utf-8")
            files = {f"{place}/{file}": data for file, data in files.items()}
            files[f"feature_extractor/{_EXTRACTOR}"] = content
        else:
            files = {f"{place}/{file}": data for file, data in files.items()}
        for file, data in files.items():
            path = folder / file
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(data)
            made.add(path.parent.name)
    return made


def _tokenizer_classes(encoders: Mapping[str, Encoder]) -> dict[str, list[str]]:
    """Return the tokenizers' classes, where their own config names them."""
    classes = {}
    for name, place in (
        ("sentence_encoder", "tokenizer"),
        ("tokens_encoder", "tokenizer_2"),
    ):
        files = encoders[name].files if name in encoders else {}
        config = json.loads(files.get("tokenizer_config.json", b"{}"))
        if config.get("tokenizer_class"):
            classes[place] = ["transformers", config["tokenizer_class"]]
    return classes


def _as_json(content: Mapping[str, Any]) -> str:
    return json.dumps(content, indent=2) + "\n"
