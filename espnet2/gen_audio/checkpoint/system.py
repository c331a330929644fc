"""A whole system of parts in memory and on disk, whatever format it came from.

A folder of ours holds ``system.yaml``, one folder a net (``config.yaml`` and
``model.safetensors``, readable by ``load_experiment``) and one a frozen encoder (what
``from_pretrained`` of transformers opens). Any part may be absent.
"""

import hashlib
import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
import yaml

from espnet2.gen_audio.checkpoint.experiment import WEIGHTS, read_config
from espnet2.gen_audio.compat import load_tensors
from espnet2.gen_audio.files.atomic_file import atomic_path, write_text

NETS = ("audiomae", "vae", "vocoder", "loa_lm", "ldm")
ENCODERS = ("sentence_encoder", "tokens_encoder")
FORMAT = "gen_audio system 1"
INDEX = "system.yaml"  # written last: a folder without it is not whole


@dataclass
class Part:
    """A net of ours.

    Attributes:
        name: One of NETS.
        config: Plain contents of config.yaml, as ``build_<part>`` takes them; prefixes
            of the model's state that the part does not hold are ``absent_weights``.
        state: Weights by the names of the built model.
        provenance: ``source``, ``licence``, ``notes`` (what was left out or decided),
            ``weights`` (raw or ema, of the diffusion model).
        leftover: Tensors that the net has no place for and an export gives back.
    """

    name: str
    config: dict[str, Any]
    state: dict[str, torch.Tensor]
    provenance: dict[str, Any] = field(default_factory=dict)
    leftover: dict[str, torch.Tensor] = field(default_factory=dict)


@dataclass
class Encoder:
    """A frozen encoder of captions in the form of transformers.

    Attributes:
        name: One of ENCODERS.
        config: Contents of config.json.
        state: Weights by transformers' names.
        files: Tokenizer files and preprocessor_config.json, by file name.
        provenance: As that of a Part.
    """

    name: str
    config: dict[str, Any]
    state: dict[str, torch.Tensor]
    files: dict[str, bytes] = field(default_factory=dict)
    provenance: dict[str, Any] = field(default_factory=dict)


@dataclass
class System:
    """Parts that belong together.

    Attributes:
        variant: Name of a published model, or ``custom``.
        parts: Nets by name.
        encoders: Frozen encoders by name.
        notes: What concerns no single part, for example vectors that were checked.
        elsewhere: What stands for a part that is not here: ``griffin_lim`` for the
            vocoder, or the name by which an encoder is found.
    """

    variant: str
    parts: dict[str, Part]
    encoders: dict[str, Encoder]
    notes: list[str] = field(default_factory=list)
    elsewhere: dict[str, str] = field(default_factory=dict)

    def members(self) -> dict[str, Part | Encoder]:
        """Return nets and encoders by name, in the order of NETS and ENCODERS."""
        both = {**self.parts, **self.encoders}
        return {name: both[name] for name in (*NETS, *ENCODERS) if name in both}


def write_system(system: System, folder: Path | str) -> dict[str, Any]:
    """Write a system; the index comes last, so that half a folder is no system.

    Args:
        system: What to write.
        folder: Where; files of an earlier write are replaced.

    Returns:
        Contents of system.yaml.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / INDEX).unlink(missing_ok=True)
    index = {"format": FORMAT, "variant": system.variant, "notes": list(system.notes)}
    if system.elsewhere:
        index["elsewhere"] = dict(system.elsewhere)
    index["parts"] = {}
    for name, member in system.members().items():
        target = folder / name
        if target.exists():
            shutil.rmtree(target)
        target.mkdir()
        tensors, parameters = count(member.state)
        facts = dict(member.provenance)
        facts |= {"sha256": digest(member.state)}
        facts |= {"tensors": tensors, "parameters": parameters}
        write_tensors(member.state, target / WEIGHTS)
        if isinstance(member, Part):
            config = member.config | {"provenance": facts}
            write_text(target / "config.yaml", yaml.safe_dump(config, sort_keys=False))
            if member.leftover:
                write_tensors(member.leftover, target / "leftover.safetensors")
        else:
            write_text(target / "config.json", json.dumps(member.config, indent=2))
            for file, content in member.files.items():
                (target / file).write_bytes(content)
        index["parts"][name] = facts
    write_text(folder / INDEX, yaml.safe_dump(index, sort_keys=False))
    return index


def read_system(folder: Path | str, verify: bool = False) -> System:
    """Read a folder of ours; weights stay on disk until they are used.

    Args:
        folder: As ``write_system`` leaves it.
        verify: Compute every digest again and compare.

    Returns:
        The system.

    Raises:
        FileNotFoundError: If a part that the index names is not there.
        ValueError: If the index is not ours, or a digest differs.
    """
    folder = Path(folder)
    index = read_index(folder)
    system = System(index["variant"], {}, {}, list(index.get("notes") or []))
    system.elsewhere = dict(index.get("elsewhere") or {})
    for name, facts in index["parts"].items():
        path = folder / name / WEIGHTS
        if not path.is_file():
            raise FileNotFoundError(
                f"{path} does not exist, but {folder / INDEX} names {name}; convert "
                "the checkpoint again"
            )
        state = load_tensors(path)
        if verify and digest(state) != facts["sha256"]:
            raise ValueError(
                f"{path} is not what {folder / INDEX} says (sha256 differs); copy or "
                "convert it again"
            )
        member = _part if name in NETS else _encoder
        into = system.parts if name in NETS else system.encoders
        into[name] = member(folder / name, state, facts)
    return system


def read_index(folder: Path | str) -> dict[str, Any]:
    """Read system.yaml.

    Args:
        folder: Folder of a system.

    Returns:
        Its contents.

    Raises:
        ValueError: If it is missing or of another format.
    """
    path = Path(folder) / INDEX
    index = None
    if path.is_file():
        try:
            index = yaml.safe_load(path.read_text(encoding="utf-8"))
        except (yaml.YAMLError, UnicodeDecodeError):
            index = None
    known = isinstance(index, dict) and index.get("format") == FORMAT
    if not known or set(index.get("parts") or {}) - {*NETS, *ENCODERS}:
        raise ValueError(
            f"{path} is no index of a converted system; make one with python -m "
            "espnet2.gen_audio.bin.convert_checkpoint --input X --output DIR"
        )
    return index


def write_tensors(state: Mapping[str, torch.Tensor], path: Path) -> None:
    """Write a safetensors file, whole or not at all.

    Args:
        state: Tensors by name.
        path: File to write.
    """
    from safetensors.torch import save_file

    seen: set[int] = set()
    own = {}
    for name, tensor in state.items():
        tensor = tensor.detach().contiguous()
        place = tensor.untyped_storage().data_ptr()
        # safetensors refuses tensors that share memory
        own[name] = tensor.clone() if place in seen else tensor
        seen.add(place)
    with atomic_path(path) as temporary:
        save_file(own, temporary, metadata={"format": "pt"})


def count(state: Mapping[str, torch.Tensor]) -> tuple[int, int]:
    """Return the number of tensors and of numbers in them."""
    return len(state), sum(tensor.numel() for tensor in state.values())


def digest(state: Mapping[str, torch.Tensor]) -> str:
    """Return a sha256 of names, types, shapes and numbers, whatever file they are in.

    Args:
        state: Tensors by name.

    Returns:
        64 hexadecimal digits.
    """
    total = hashlib.sha256()
    for name in sorted(state):
        tensor = state[name].detach().contiguous()
        total.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}\n".encode())
        total.update(tensor.reshape(-1).view(torch.uint8).numpy())
    return total.hexdigest()


def _part(folder: Path, state: dict[str, torch.Tensor], facts: dict) -> Part:
    config = read_config(folder)
    config.pop("provenance", None)
    path = folder / "leftover.safetensors"
    leftover = load_tensors(path) if path.is_file() else {}
    return Part(folder.name, config, state, _told(facts), leftover)


def _encoder(folder: Path, state: dict[str, torch.Tensor], facts: dict) -> Encoder:
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    files = {
        path.name: path.read_bytes()
        for path in sorted(folder.iterdir())
        if path.is_file() and path.name not in ("config.json", WEIGHTS)
    }
    return Encoder(folder.name, config, state, files, _told(facts))


def _told(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was said of a part, without what is computed from its weights."""
    computed = ("sha256", "tensors", "parameters")
    return {key: value for key, value in facts.items() if key not in computed}
