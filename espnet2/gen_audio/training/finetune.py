"""Train on from a converted part: its sizes, its weights, our way of training.

``--finetune_from FOLDER`` takes a part's folder of a converted system. What describes
the model comes from there, whatever the YAML says; how it is trained (losses, dropping,
average, optimiser) comes from the YAML. What the folder lacks starts fresh: the
discriminators, and the decoder of a published AudioMAE.
"""

import argparse
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from espnet2.gen_audio.compat import load_tensors
from espnet2.gen_audio.conditioner.phoneme_options import (
    phonemes_of_options,
    refuse_other_phonemes,
)
from espnet2.gen_audio.conditioner.phoneme_reader import completed
from espnet2.gen_audio.training.config_file import read_yaml
from espnet2.gen_audio.training.init_from import EMA, check_weights

WEIGHTS = "model.safetensors"
_TEXT = ("text_encoder", "text_encoder_conf", "units_model")
# Keys of config.yaml that decide the model's layers and what it computes.
MODEL_KEYS = {
    "audiomae": ("encoder_conf", "fbank_conf"),
    "vae": (
        "vae",
        "vae_conf",
    ),
    "vocoder": (
        "vocoder",
        "vocoder_conf",
    ),
    "loa_lm": ("lm_conf", "model_conf.loa_factor", "phonemes_conf", *_TEXT),
    "ldm": (
        "backbone",
        "backbone_conf",
        "process",
        "process_conf",
        "conditions",
        "unet_conf",
        "schedule_conf",
        "conditions_conf.loa_factor",
        "model_conf.objective",
        *_TEXT,
    ),
}
# The same, where the folder has these weights.
IF_HELD = {"mae.decoder": "decoder_conf", "discriminator": "discriminator_conf"}
# Measured or computed for the data at hand; an option that is given wins.
MEASURED = {"ldm": ("latent_scale", "null_tokens", "null_sentence")}
_TOLD = ("source", "licence", "weights", "sha256")


def take_config(args: argparse.Namespace, folder: str | Path) -> None:
    """Put what describes the model of a converted part into the options.

    Calling it again changes nothing.

    Args:
        args: Options of a task, changed in place.
        folder: Folder of the part.

    Raises:
        ValueError: If the folder is none of a converted part, of another part, or its
            phonemes are others than those of the options.
    """
    config = _config_of(folder)
    part = config.get("part")
    if part != args.part or part not in MODEL_KEYS:
        raise ValueError(
            f"--finetune_from {folder} holds a {part}, but a {args.part} is trained; "
            "give the folder of that part"
        )
    if part == "loa_lm":
        config = _with_phonemes(args, config, f"--finetune_from {folder}")
    absent = config.get("absent_weights") or []
    held = [k for weights, k in IF_HELD.items() if weights not in absent]
    for key in (*MODEL_KEYS[part], *held):
        if hasattr(args, key.partition(".")[0]):
            _take(args, key, config)
    if part == "vocoder":
        # folded kernels are given to norm and direction, see HiFiGAN.load_folded
        args.vocoder_conf = {**args.vocoder_conf, "weight_norm": True}
    for key in MEASURED.get(part, ()):
        if getattr(args, key) is None:
            setattr(args, key, config.get(key))
    args.geometry, args.geometry_conf = None, dict(config["geometry_conf"])


def _with_phonemes(
    args: argparse.Namespace, config: dict[str, Any], what: str
) -> dict[str, Any]:
    """Return the config with its phonemes stated; refuse others in the options."""
    if config.get("text_encoder") != "phonemes":
        return config
    theirs = completed(config.get("phonemes_conf"))
    stated = (getattr(args, name, None) for name in ("token_list", "phonemes_conf"))
    if any(stated):
        wanted = phonemes_of_options(args)
        own = {"text_encoder": "phonemes", "phonemes_conf": wanted}
        refuse_other_phonemes(own, config, what)
        theirs = wanted  # the same tokens; how text becomes them may differ
        args.token_list = None
    return config | {"phonemes_conf": theirs}


def start_from(model: torch.nn.Module, folder: str | Path) -> None:
    """Give a model the weights of a converted part; its moving average begins there.

    Args:
        model: Model of the config that ``take_config`` made.
        folder: Folder of the part.

    Raises:
        ValueError: If a name is missing or unknown, a shape differs, or a value is not
            finite.
    """
    what, config = f"--finetune_from {folder}", _config_of(folder)
    given = load_tensors(Path(folder) / WEIGHTS)
    absent = (*(config.get("absent_weights") or ()), EMA)
    if config["part"] == "vocoder":
        _start_vocoder(model.vocoder, given, what)
    else:
        own = model.state_dict()
        wanted = {name: own[name] for name in own if not _below(name, absent)}
        check_weights(wanted, given, what, "convert the checkpoint again")
        with torch.no_grad():
            for name, weight in given.items():
                own[name].copy_(weight)
    if hasattr(model, "update_ema"):
        model.update_ema()
    logging.info("%d initial weights come from %s", len(given), folder)
    fresh = [prefix for prefix in absent if prefix != EMA]
    if fresh:
        logging.info("not in %s, so starting fresh: %s", folder, ", ".join(fresh))


def origins_of(sources: list[str], folder: str | None) -> list[dict[str, Any]]:
    """Return where initial weights come from, for the config of what they become.

    Args:
        sources: Values of ``--init_from``.
        folder: Value of ``--finetune_from``.

    Returns:
        Part, source, licence and sha256 of every converted part among them, and of
        what the trainings among them began from; in order, none twice.
    """
    folders = [Path(source.split(":")[0]).parent for source in sources]
    found: list[dict[str, Any]] = []
    for place in [*folders, *([] if folder is None else [Path(folder)])]:
        path = place / "config.yaml"
        config = read_yaml(path) if path.is_file() else {}
        told = config.get("provenance") or {}
        own = {"part": config.get("part")} | {k: told[k] for k in _TOLD if k in told}
        earlier = config.get("finetuned_from") or []
        for origin in [*([own] if told else []), *earlier]:
            if origin not in found:
                found.append(origin)
    return found


def _config_of(folder: str | Path) -> dict[str, Any]:
    path = Path(folder) / "config.yaml"
    if not path.is_file() or not (Path(folder) / WEIGHTS).is_file():
        raise ValueError(
            f"--finetune_from {folder} has no config.yaml or no {WEIGHTS}; give a "
            "part's folder that bin.convert_checkpoint wrote, or --init_from FILE for "
            "the weights of a training"
        )
    return read_yaml(path)


def _take(args: argparse.Namespace, key: str, config: Mapping[str, Any]) -> None:
    """Replace one key of the options, ``name`` or ``name.inner``; absent: default."""
    name, _, inner = key.partition(".")
    mine, theirs = getattr(args, name), config.get(name)
    if inner:
        mine = {k: v for k, v in (mine or {}).items() if k != inner}
        setattr(
            args, name, mine | {k: v for k, v in (theirs or {}).items() if k == inner}
        )
        return
    if isinstance(mine, Mapping) or isinstance(theirs, Mapping):
        # how much is dropped in training is no size
        own = {k: v for k, v in (mine or {}).items() if k == "dropout"}
        theirs = {**(theirs or {}), **own}
    setattr(args, name, _default(name) if theirs is None else theirs)


def _default(name: str) -> str | None:
    return "none" if name == "text_encoder" else None


def _start_vocoder(
    vocoder: torch.nn.Module, given: Mapping[str, torch.Tensor], what: str
) -> None:
    """Check and load folded kernels."""
    lead = "vocoder.net."
    state = {name.removeprefix(lead): weight for name, weight in given.items()}
    check_weights(vocoder.folded_state(), state, what, "convert the checkpoint again")
    vocoder.load_folded(state)


def _below(name: str, prefixes: tuple[str, ...]) -> bool:
    return any(f"{name}.".startswith(f"{prefix}.") for prefix in prefixes)
