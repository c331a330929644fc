"""Convert a trained experiment to parts for packing and export.

What only training needs is left out: discriminators, counters, the options of the
trainer, and the moving average, after its values have replaced the weights.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from espnet2.gen_audio.checkpoint.archive.folder import read_part
from espnet2.gen_audio.checkpoint.archive.provenance import origin_of
from espnet2.gen_audio.checkpoint.archive.system import NETS, OWN_NETS, Part
from espnet2.gen_audio.checkpoint.experiment import (
    WEIGHTS,
    load_experiment,
    read_config,
)
from espnet2.gen_audio.checkpoint.strict_fit import is_below
from espnet2.gen_audio.parts import PARTS


def part_of(folder: Path | str, weights: str | None = None) -> list[Part]:
    """Read a trained experiment, or a converted part, as parts of a system.

    Args:
        folder: Folder of one training, or of one part of a converted system.
        weights: File of weights in it; the best epoch of validation if None.

    Returns:
        One part; two of a joint training: language model and diffusion model.

    Raises:
        FileNotFoundError: If config.yaml or the weights are missing.
        ValueError: If the folder is no training of ours, or its weights do not fit.
    """
    folder = Path(folder)
    config = read_config(folder)
    if weights is None and (folder / WEIGHTS).is_file():
        if config.get("part") not in (*NETS, *OWN_NETS):
            raise ValueError(
                f"{folder}/config.yaml is of part {config.get('part')!r}; one of "
                f"{', '.join((*NETS, *OWN_NETS))} is accepted: give the folder of a "
                "converted part"
            )
        return [read_part(folder, config.get("provenance") or {})]
    model = load_experiment(folder, weights)
    origin = origin_of(folder, weights)
    if config["part"] == "joint":
        pairs = [(config[f"{name}_conf"], name) for name in ("loa_lm", "ldm")]
        return [_trained(name, c, getattr(model, name), origin) for c, name in pairs]
    return [_trained(config["part"], config, model, origin)]


def _trained(
    name: str,
    config: Mapping[str, Any],
    model: torch.nn.Module,
    origin: Mapping[str, Any],
) -> Part:
    """Return the part of a trained model whose weights are averaged already."""
    record = PARTS[name]
    kept = ("geometry_conf", *record.config_keys())
    kept = [key for key in kept if key in config and key not in record.unpacked_keys]
    lasting = {"part": name} | {key: config[key] for key in kept}
    if name == "vocoder":
        conf = (config.get("vocoder_conf") or {}) | model.vocoder.fold()
        lasting["vocoder_conf"] = conf
    state = model.state_dict()
    absent = [
        prefix
        for prefix in record.training_weights
        if any(is_below(key, (prefix,)) for key in state)
    ]
    if absent:
        lasting["absent_weights"] = absent
    held = {key: tensor for key, tensor in state.items() if not is_below(key, absent)}
    provenance = dict(origin)
    if name in ("ldm", "ldm_student"):
        provenance["weights"] = "raw" if getattr(model, "ema", None) is None else "ema"
    return Part(name, lasting, held, provenance)
