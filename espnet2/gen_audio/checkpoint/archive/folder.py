"""A system in a folder: ``system.yaml`` and a folder for each part.

A net's folder holds ``config.yaml`` and ``model.safetensors``; ``load_experiment``
reads it. An encoder's folder is opened by ``from_pretrained`` of transformers. Any part
may be absent.
"""

import json
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from espnet2.gen_audio.checkpoint.archive.encoder_fit import refuse_misfit_of_encoder
from espnet2.gen_audio.checkpoint.archive.provenance import lasting
from espnet2.gen_audio.checkpoint.archive.system import (
    ENCODERS,
    NETS,
    OWN_NETS,
    Encoder,
    Part,
    System,
)
from espnet2.gen_audio.checkpoint.archive.tensor_writer import (
    count,
    digest,
    write_tensors,
)
from espnet2.gen_audio.checkpoint.experiment import WEIGHTS, read_config
from espnet2.gen_audio.checkpoint.strict_fit import refuse_misfit_of_part
from espnet2.gen_audio.files.atomic_file import write_text
from espnet2.gen_audio.files.plain_json import read_json
from espnet2.gen_audio.files.plain_yaml import dump_yaml, read_yaml
from espnet2.gen_audio.files.regular_file import WHOLE, regular
from espnet2.gen_audio.files.tensor_file import load_tensors, tensors_in_turns

FORMAT = "gen_audio system 1"
INDEX = "system.yaml"  # written last: a folder without this file is incomplete
_LEFTOVER = "leftover.safetensors"
_ENTRIES = {"sha256": str, "tensors": int, "parameters": int}  # entries of a part


def write_system(system: System, folder: Path | str) -> dict[str, Any]:
    """Write a system; the index is written last, so an incomplete folder has none.

    Args:
        system: What to write.
        folder: Folder to write; files that it already has are replaced.

    Returns:
        Contents of system.yaml.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / INDEX).unlink(missing_ok=True)
    index = index_of(system)
    for name, member in system.members().items():
        target = folder / name
        if target.exists():
            shutil.rmtree(target)
        target.mkdir()
        write_tensors(member.state, target / WEIGHTS)
        if isinstance(member, Part):
            config = member.config | {"provenance": index["parts"][name]}
            write_text(target / "config.yaml", dump_yaml(config))
            if member.leftover:
                write_tensors(member.leftover, target / _LEFTOVER)
        else:
            write_text(target / "config.json", json.dumps(member.config, indent=2))
            for file, content in member.files.items():
                (target / file).write_bytes(content)
    write_text(folder / INDEX, dump_yaml(index))
    return index


def index_of(system: System) -> dict[str, Any]:
    """Return the contents of system.yaml for a system.

    Args:
        system: The system.

    Returns:
        Format, variant and notes; under ``parts`` the provenance, digest and sizes of
        each part; under ``elsewhere`` the replacement of an absent part.
    """
    index = {"format": FORMAT, "variant": system.variant, "notes": list(system.notes)}
    if system.elsewhere:
        index["elsewhere"] = dict(system.elsewhere)
    index["parts"] = {}
    for name, member in system.members().items():
        tensors, parameters = count(member.state)
        computed = {"sha256": digest(member.state)}
        computed |= {"tensors": tensors, "parameters": parameters}
        index["parts"][name] = {**member.provenance, **computed}
    return index


def read_system(folder: Path | str, verify: bool = False) -> System:
    """Read a system from its folder; weights stay on disk until they are used.

    Args:
        folder: Folder that ``write_system`` wrote.
        verify: Whether to compute each digest again and compare it with the index.

    Returns:
        The system.

    Raises:
        FileNotFoundError: If a part that the index names does not exist.
        ValueError: If the index is not valid, a weight is missing, extra, misshapen or
            not finite, or a digest differs.
    """
    folder = Path(folder)
    index = read_index(folder)
    system = System(index["variant"], {}, {}, list(index.get("notes") or []))
    system.elsewhere = dict(index.get("elsewhere") or {})
    for name, entry in index["parts"].items():
        if not (folder / name / WEIGHTS).is_file():
            raise FileNotFoundError(
                f"{folder / name / WEIGHTS} does not exist, but {folder / INDEX} names "
                f"{name}; convert the checkpoint again"
            )
        if name in (*NETS, *OWN_NETS):
            member = system.parts[name] = read_part(folder / name, entry)
            if member.name != name:
                raise ValueError(
                    f"{folder / name}/config.yaml is of part {member.name!r}, but "
                    f"{folder / INDEX} calls it {name}; convert the checkpoint again"
                )
        else:
            member = system.encoders[name] = read_encoder(folder / name, entry)
        if verify and digest(member.state) != entry["sha256"]:
            raise ValueError(
                f"{folder / name / WEIGHTS} is not what {folder / INDEX} says (sha256 "
                "differs); copy or convert it again"
            )
    return system


def read_index(folder: Path | str, source: object = None) -> dict[str, Any]:
    """Read system.yaml.

    Args:
        folder: Folder of a system.
        source: Name of the file in the message; its path if None.

    Returns:
        Its contents.

    Raises:
        ValueError: If the file is missing or no valid index.
    """
    path = Path(folder) / INDEX
    fault = "it does not exist"
    if path.is_file():
        try:
            index = read_yaml(path)
        except ValueError:
            fault = "it is not plain YAML"
        else:
            fault = _fault_of(index)
    if fault:
        raise ValueError(
            f"{source or path} is no index of a converted system ({fault}); make one "
            "with python -m espnet2.gen_audio.bin.convert_checkpoint --input X "
            "--output DIR"
        )
    return index


def read_part(folder: Path, provenance: Mapping[str, Any]) -> Part:
    """Read the folder of a net and check its weights against its config.

    Args:
        folder: Folder of one part of a converted system.
        provenance: Provenance of the part, from the index or config.yaml.

    Returns:
        The part.

    Raises:
        ValueError: If the weights do not fit, or the config is of another part.
    """
    config = read_config(folder)
    config.pop("provenance", None)
    path = folder / WEIGHTS
    state = load_tensors(path)
    refuse_misfit_of_part(config, state, path, values=tensors_in_turns(path))
    spare = folder / _LEFTOVER
    leftover = load_tensors(spare) if spare.is_file() else {}
    return Part(config["part"], config, state, lasting(provenance), leftover)


def read_encoder(folder: Path, provenance: Mapping[str, Any]) -> Encoder:
    """Read the folder of a frozen encoder and check its weights against its config.

    Args:
        folder: Folder of one encoder of a converted system.
        provenance: Provenance of the encoder, from the index.

    Returns:
        The encoder; its name is that of the folder.

    Raises:
        ValueError: If the weights do not fit, or config.json is no JSON mapping.
    """
    config = read_json(folder / "config.json")
    path = folder / WEIGHTS
    state = load_tensors(path)
    refuse_misfit_of_encoder(config, state, path, values=tensors_in_turns(path))
    files = {
        file.name: regular(file, WHOLE).read_bytes()
        for file in sorted(folder.iterdir())
        if file.is_file() and file.name not in ("config.json", WEIGHTS)
    }
    return Encoder(folder.name, config, state, files, lasting(provenance))


def _fault_of(index: Any) -> str:
    """Return why an object is not a valid index; an empty text if it is one."""
    if not isinstance(index, dict) or index.get("format") != FORMAT:
        return f"'format: {FORMAT}' is not in it"
    if not isinstance(index.get("variant"), str):
        return "variant is missing or no text"
    notes, elsewhere = index.get("notes") or [], index.get("elsewhere") or {}
    if not isinstance(notes, list) or not _all_text(notes):
        return "notes is no list of texts"
    if not isinstance(elsewhere, dict) or not _all_text(elsewhere.values()):
        return "elsewhere is no mapping of texts"
    return _fault_of_parts(index.get("parts"))


def _fault_of_parts(parts: Any) -> str:
    if not isinstance(parts, dict):
        return "parts is missing or no mapping"
    for name, entry in parts.items():
        if name not in (*NETS, *OWN_NETS, *ENCODERS):
            return f"part {name!r} is unknown"
        for key, wanted in _ENTRIES.items():
            if not isinstance(entry, dict) or not isinstance(entry.get(key), wanted):
                return f"{key} of {name} is missing or of another type"
    return ""


def _all_text(values: Iterable[Any]) -> bool:
    return all(isinstance(value, str) for value in values)
