"""The generated systems of one scoring run, from folders and from names.

A system has one wav.scp for each generation seed; the seed is empty if there is only
one and it has no name.
"""

import re
from collections.abc import Sequence
from pathlib import Path

Systems = dict[str, dict[str, Path]]  # name -> seed -> wav.scp
_SEED_FOLDER = re.compile(r"(?P<name>.+)_seed(?P<seed>\d+)")


def systems_of(
    generation_dirs: Sequence[Path], named: Sequence[str], main_system: str
) -> Systems:
    """Find the generated systems; refuse a folder without one and malformed names.

    Args:
        generation_dirs: Folders with ``<system>_seed<n>/wav.scp``, or with a wav.scp
            of their own.
        named: ``name[@seed]=wav.scp``.
        main_system: Name of the system in a folder's own wav.scp.

    Returns:
        wav.scp of each system and seed, in order.

    Raises:
        ValueError: If a system and seed are given twice, a folder has no system, or a
            name is malformed.
    """
    found = [one for f in generation_dirs for one in _systems_in(f, main_system)]
    found += [_named_system(text) for text in named]
    systems: Systems = {}
    for name, seed, path in found:
        if seed in systems.setdefault(name, {}):
            raise ValueError(
                f"system {name} with seed {seed or 'none'} is given twice, the second "
                f"time by {path}; leave one out"
            )
        systems[name][seed] = path
    return systems


def _systems_in(folder: Path, main_system: str) -> list[tuple[str, str, Path]]:
    """Return name, seed and wav.scp of each system in a folder, the main one first."""
    matches = [
        (_SEED_FOLDER.fullmatch(scp.parent.name), scp)
        for scp in sorted(folder.glob("*/wav.scp"))
    ]
    found = [(match["name"], match["seed"], scp) for match, scp in matches if match]
    if (folder / "wav.scp").exists():
        found.append((main_system, "", folder / "wav.scp"))
    if not found:
        raise ValueError(f"{folder} holds no <system>_seed<n>/wav.scp; generate first")
    return sorted(found, key=lambda one: (one[0] != main_system, *one))


def _named_system(text: str) -> tuple[str, str, Path]:
    """Return name, seed and wav.scp of ``name[@seed]=wav.scp``."""
    name, equals, path = text.partition("=")
    if not (name and equals and path):
        raise ValueError(
            f"--systems {text!r} is not name=wav.scp or name@seed=wav.scp; name the "
            "system and its wav.scp"
        )
    name, _, seed = name.partition("@")
    return name, seed.removeprefix("seed"), Path(path)
