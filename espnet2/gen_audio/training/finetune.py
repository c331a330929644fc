"""Fine-tune a converted part, with its sizes and weights.

``--finetune_from FOLDER`` names the folder of a part of a converted system. The keys
that describe the model are read from this folder and override the YAML. The keys that
describe the training (losses, drop probabilities, moving average, optimiser) are read
from the YAML. Weights that the folder lacks are initialised: discriminators, and the
decoder of a published AudioMAE.
"""

import argparse
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

from espnet2.gen_audio.checkpoint.archive.system import NETS
from espnet2.gen_audio.checkpoint.experiment import WEIGHTS
from espnet2.gen_audio.checkpoint.strict_fit import is_below, refuse_misfit
from espnet2.gen_audio.choices import chosen_class
from espnet2.gen_audio.encoder.speech_config import (
    reads_phonemes,
    refuse_other_phonemes,
    warn_if_unpadded,
)
from espnet2.gen_audio.files.tensor_file import load_tensors
from espnet2.gen_audio.parts import PARTS
from espnet2.gen_audio.text.phoneme_options import phonemes_of_options
from espnet2.gen_audio.text.phoneme_reader import completed
from espnet2.gen_audio.training.config_file import read_yaml
from espnet2.gen_audio.training.init_from import EMA, HEAD, split_source
from espnet2.gen_audio.vocoder.choices import vocoder_choices

# entries of a model's ``*_conf`` that matter in training only; they come from the YAML
_OF_TRAINING = ("dropout", "loss_weighting", "min_snr_gamma", "p_prefix")
_REMEDY = "convert the checkpoint again"
_STATED = ("source", "licence", "weights", "sha256")


def take_config(args: argparse.Namespace, folder: str | Path) -> None:
    """Set the options that describe the model to the values of a converted part.

    A second call changes nothing.

    Args:
        args: Options of a task, changed in place.
        folder: Folder of the part.

    Raises:
        ValueError: If the folder is no converted part or another part, or its phonemes
            differ from the phonemes of the options.
    """
    config = _config_of(folder)
    part = config.get("part")
    if part != args.part or part not in NETS:
        raise ValueError(
            f"--finetune_from {folder} holds a {part}, but a {args.part} is trained; "
            "give the folder of that part"
        )
    if part == "loa_lm":
        config = _with_phonemes(args, config, f"--finetune_from {folder}")
    for key in _model_keys(config):
        if hasattr(args, key.partition(".")[0]):
            _take(args, key, config)
    if part == "vocoder":
        vocoder = chosen_class(vocoder_choices, config)
        args.vocoder_conf = vocoder.unfolded_conf(args.vocoder_conf)
    for key in PARTS[part].measured_keys:
        if getattr(args, key) is None:
            setattr(args, key, config.get(key))
    args.geometry, args.geometry_conf = None, dict(config["geometry_conf"])


def _model_keys(config: Mapping[str, Any]) -> list[str]:
    """Return the config keys of the model, without those of weights it lacks."""
    record, absent = PARTS[config["part"]], config.get("absent_weights") or []
    held = [k for weights, k in record.keys_of_weights.items() if weights not in absent]
    return [*record.model_keys, *held]


def _with_phonemes(
    args: argparse.Namespace, config: dict[str, Any], what: str
) -> dict[str, Any]:
    """Return the config with its phonemes; refuse options with other phonemes."""
    if not reads_phonemes(config):
        return config
    warn_if_unpadded(config, what)
    theirs = completed(config.get("phonemes_conf"))
    stated = (getattr(args, name, None) for name in ("token_list", "phonemes_conf"))
    if any(stated):
        wanted = phonemes_of_options(args)
        own = {"text_encoder": config["text_encoder"], "phonemes_conf": wanted}
        refuse_other_phonemes(own, config, what)
        theirs = wanted  # the tokens are equal; the conversion from text may differ
        args.token_list = None
    return config | {"phonemes_conf": theirs}


def start_from(model: torch.nn.Module, folder: str | Path) -> None:
    """Load the weights of a converted part; the moving average starts from them.

    Args:
        model: Model that was built after ``take_config``.
        folder: Folder of the part.

    Raises:
        ValueError: If a name is missing or unknown, a shape differs, or a value is not
            finite.
    """
    what, config = f"--finetune_from {folder}", _config_of(folder)
    given = load_tensors(Path(folder) / WEIGHTS)
    absent = (*(config.get("absent_weights") or ()), EMA)
    if getattr(model, HEAD, None) is not None:
        absent = (*absent, HEAD)
    _load(model, given, absent, what)
    if hasattr(model, "update_ema"):
        model.update_ema()
    logging.info("%d initial weights are loaded from %s", len(given), folder)
    fresh = [prefix for prefix in absent if prefix != EMA]
    if fresh:
        logging.info("not in %s, so newly initialised: %s", folder, ", ".join(fresh))


def _load(
    model: torch.nn.Module,
    given: Mapping[str, torch.Tensor],
    absent: Sequence[str],
    what: str,
) -> None:
    """Check and load all weights but absent ones; those of a vocoder are folded."""
    own, lead = model.state_dict(), "vocoder."
    vocoder = getattr(model, lead[:-1], None)
    folded = {} if vocoder is None else vocoder.folded_state()
    plain = [name for name in own if not (folded and name.startswith(lead))]
    stored = {name: own[name] for name in plain}
    stored |= {f"{lead}{name}": weight for name, weight in folded.items()}
    wanted = {name: stored[name] for name in stored if not is_below(name, absent)}
    refuse_misfit(wanted, given, what, remedy=_REMEDY)
    with torch.no_grad():
        for name in given.keys() & own.keys() & set(plain):
            own[name].copy_(given[name])
    if folded:
        vocoder.load_folded({name: given[f"{lead}{name}"] for name in folded})


def origins_of(sources: list[str], folder: str | None) -> list[dict[str, Any]]:
    """Return the origins of initial weights, for the config of the trained model.

    Args:
        sources: Values of ``--init_from``.
        folder: Value of ``--finetune_from``.

    Returns:
        Part, source, licence and sha256 of every converted part, also of
        those from which the trainings named by ``--init_from`` had started; in order,
        without duplicates.
    """
    folders = [Path(split_source(source)[0]).parent for source in sources]
    if folder is not None:
        folders.append(Path(folder))
    found: list[dict[str, Any]] = []
    for origin in (each for place in folders for each in _origins_in(place)):
        if origin not in found:
            found.append(origin)
    return found


def _origins_in(folder: Path) -> list[dict[str, Any]]:
    """Return the origin that the config of a folder states, and its own origins."""
    path = folder / "config.yaml"
    config = read_yaml(path) if path.is_file() else {}
    stated = config.get("provenance")
    origins = list(config.get("finetuned_from") or [])
    if stated:
        own = {k: stated[k] for k in _STATED if k in stated}
        origins.insert(0, {"part": config.get("part")} | own)
    return origins


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
    """Set an option, ``name`` or ``name.inner``; its default if not in ``config``."""
    name, _, inner = key.partition(".")
    mine, theirs = getattr(args, name), config.get(name)
    if inner:
        setattr(args, name, _with_inner(inner, mine or {}, theirs or {}))
        return
    if isinstance(mine, Mapping) or isinstance(theirs, Mapping):
        for each in _OF_TRAINING:
            theirs = _with_inner(each, theirs or {}, mine or {}, keep=True)
    setattr(args, name, _default(name) if theirs is None else theirs)


def _with_inner(
    inner: str,
    target: Mapping[str, Any],
    source: Mapping[str, Any],
    keep: bool = False,
) -> dict[str, Any]:
    """Return ``target`` with ``inner`` as in ``source``.

    If ``source`` lacks it, it is removed, or with ``keep`` left as it was.
    """
    rest = {k: v for k, v in target.items() if keep or k != inner}
    return {**rest, inner: source[inner]} if inner in source else rest


def _default(name: str) -> str | None:
    return "none" if name == "text_encoder" else None
