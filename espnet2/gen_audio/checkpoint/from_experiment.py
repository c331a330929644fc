"""Turn a trained experiment into parts that can be packed, exported and passed on.

What only training needs stays behind: discriminators, counters, the moving average
(its values take the place of the live weights) and the options of the trainer.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from espnet2.gen_audio.checkpoint.experiment import (
    WEIGHTS,
    load_experiment,
    read_config,
    weights_path,
)
from espnet2.gen_audio.checkpoint.system import NETS, Part
from espnet2.gen_audio.compat import load_tensors

_TEXT = ("text_encoder", "text_encoder_conf", "units_model")
# What build_<part> reads, beside part and geometry_conf.
MODEL_KEYS = {
    "audiomae": ("encoder_conf", "decoder_conf", "fbank_conf", "model_conf"),
    "vae": ("vae", "vae_conf", "discriminator_conf", "loss_conf", "model_conf"),
    "vocoder": ("vocoder", "vocoder_conf", "discriminator_conf", "loss_conf"),
    "loa_lm": ("lm_conf", "model_conf", "phonemes_conf", *_TEXT),
    "ldm": (
        "backbone",
        "backbone_conf",
        "process",
        "process_conf",
        "conditions",
        "unet_conf",
        "schedule_conf",
        "conditions_conf",
        "model_conf",
        "latent_scale",
        "null_tokens",
        "null_sentence",
        *_TEXT,
    ),
}
# Names of a model's state that use does not need.
TRAINING_ONLY = {
    "vae": ("discriminator", "generator_steps"),
    "vocoder": ("discriminator", "generator_steps"),
    "ldm": ("ema",),
}
UNKNOWN_LICENCE = "not stated by whoever trained it"
_EPOCH = re.compile(r"(\d+)epoch\.pth")


def part_of(folder: Path | str, weights: str | None = None) -> list[Part]:
    """Read a trained experiment, or a converted part, as parts of a system.

    Args:
        folder: Folder of one training, or of one part of a converted system.
        weights: File of weights in it; the best epoch of validation if None.

    Returns:
        One part; language model and diffusion model of a joint training.

    Raises:
        FileNotFoundError: If config.yaml or the weights are missing.
        ValueError: If the folder is no training of ours, or its weights do not fit.
    """
    folder = Path(folder)
    config = read_config(folder)
    if weights is None and (folder / WEIGHTS).is_file():
        return [_converted(folder, config)]
    model = load_experiment(folder, weights)
    origin = origin_of(folder, weights)
    if config["part"] == "joint":
        pairs = [(config[f"{name}_conf"], name) for name in ("loa_lm", "ldm")]
        return [_trained(name, c, getattr(model, name), origin) for c, name in pairs]
    return [_trained(config["part"], config, model, origin)]


def origin_of(folder: Path | str, weights: str | None = None) -> dict[str, Any]:
    """Say where the weights of a folder come from, without loading them.

    Args:
        folder: Folder of a training, or of a converted part.
        weights: File of weights in it; the best epoch of validation if None.

    Returns:
        The provenance of a converted part; else ``source`` ("trained here"),
        ``experiment``, ``licence``, ``epochs`` that were trained and the ``epoch`` of
        the weights where the folder tells, and ``finetuned_from``, the origins of the
        converted parts that it began from, whose licence it keeps.
    """
    folder = Path(folder)
    config = read_config(folder)
    if "provenance" in config:
        return dict(config["provenance"])
    origin: dict[str, Any] = {"source": "trained here", "experiment": folder.name}
    start = config.get("finetuned_from") or []
    licences = dict.fromkeys(part["licence"] for part in start if part.get("licence"))
    origin["licence"] = "; ".join(licences) or UNKNOWN_LICENCE
    found = [int(m[1]) for m in map(_EPOCH.fullmatch, _names(folder)) if m]
    if found:
        origin["epochs"] = max(found)
    # the best epoch is a link to the file of an epoch
    epoch = _EPOCH.fullmatch(weights_path(folder, config, weights).resolve().name)
    if epoch:
        origin["epoch"] = int(epoch[1])
    if start:
        origin["finetuned_from"] = start
    return origin


def _names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def _converted(folder: Path, config: dict[str, Any]) -> Part:
    """Read a part that stands in the form of a system already."""
    if config.get("part") not in NETS:
        raise ValueError(
            f"{folder}/config.yaml is of part {config.get('part')!r}; one of "
            f"{', '.join(NETS)} is accepted: give the folder of a converted part"
        )
    # what is computed from the weights is computed again when they are written
    computed = ("sha256", "tensors", "parameters")
    told = config.pop("provenance", {})
    told = {key: value for key, value in told.items() if key not in computed}
    path = folder / "leftover.safetensors"
    leftover = load_tensors(path) if path.is_file() else {}
    return Part(config["part"], config, load_tensors(folder / WEIGHTS), told, leftover)


def _trained(
    name: str,
    config: Mapping[str, Any],
    model: torch.nn.Module,
    origin: Mapping[str, Any],
) -> Part:
    """Return what lasts of a trained model; its average is in place already."""
    kept = ("geometry_conf", *MODEL_KEYS[name])
    lasting = {"part": name} | {key: config[key] for key in kept if key in config}
    if name == "vocoder":
        model.vocoder.fold_weight_norm()
        folded = {"weight_norm": False}
        lasting["vocoder_conf"] = (config.get("vocoder_conf") or {}) | folded
    state = model.state_dict()
    left = TRAINING_ONLY.get(name, ())
    absent = [p for p in left if any(f"{n}.".startswith(f"{p}.") for n in state)]
    if absent:
        lasting["absent_weights"] = absent
    held = {
        key: tensor
        for key, tensor in state.items()
        if not any(f"{key}.".startswith(f"{prefix}.") for prefix in absent)
    }
    provenance = dict(origin)
    if name == "ldm":
        provenance["weights"] = "raw" if getattr(model, "ema", None) is None else "ema"
    return Part(name, lasting, held, provenance)
