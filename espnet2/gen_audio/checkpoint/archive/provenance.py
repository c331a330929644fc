"""Provenance: the source and licence of weights, stored with each part."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from espnet2.gen_audio.checkpoint.archive.licences import LICENCES
from espnet2.gen_audio.checkpoint.experiment import read_config, weights_path

UNKNOWN_LICENCE = "not stated by whoever trained it"
_COMPUTED = ("sha256", "tensors", "parameters")  # set at each write
_EPOCH = re.compile(r"(\d+)epoch\.pth")


def provenance_of(
    name: str, source: str, notes: Sequence[str] = (), **more: Any
) -> dict[str, Any]:
    """Return the provenance of an imported part.

    Args:
        name: Name of the net or encoder.
        source: File or folder that it came from.
        notes: What was left out or decided.
        **more: Further entries.

    Returns:
        ``source`` (name without folders), ``licence``, ``notes`` and the further
        entries.
    """
    stated = {"source": Path(source).name, "licence": LICENCES[name]}
    return stated | {"notes": list(notes)} | more


def lasting(provenance: Mapping[str, Any]) -> dict[str, Any]:
    """Return a provenance without the entries computed from the weights.

    Args:
        provenance: Provenance in an index or a config.yaml.

    Returns:
        The other entries.
    """
    return {key: value for key, value in provenance.items() if key not in _COMPUTED}


def origin_of(folder: Path | str, weights: str | None = None) -> dict[str, Any]:
    """Return the provenance of the weights of a folder, without loading them.

    Args:
        folder: Folder of a training, or of a converted part.
        weights: File of weights in it; the best epoch of validation if None.

    Returns:
        Of a converted part, its stored provenance. Of a training: ``source`` ("trained
            here"), ``experiment``, ``licence``, ``epochs`` (number trained), ``epoch``
            (that of the weights, if known) and ``finetuned_from``, the provenance of
            the converted parts from which the training began; their licences are kept.
    """
    folder = Path(folder)
    config = read_config(folder)
    if "provenance" in config:
        return dict(config["provenance"])
    origin: dict[str, Any] = {"source": "trained here", "experiment": folder.name}
    start = config.get("finetuned_from") or []
    licences = dict.fromkeys(part["licence"] for part in start if part.get("licence"))
    origin["licence"] = "; ".join(licences) or UNKNOWN_LICENCE
    names = (path.name for path in folder.iterdir())
    found = [int(match[1]) for match in map(_EPOCH.fullmatch, names) if match]
    if found:
        origin["epochs"] = max(found)
    # the best epoch is a link to the file of an epoch
    epoch = _EPOCH.fullmatch(weights_path(folder, config, weights).resolve().name)
    if epoch:
        origin["epoch"] = int(epoch[1])
    if start:
        origin["finetuned_from"] = start
    return origin
