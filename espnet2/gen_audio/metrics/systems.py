"""The generated systems of one scoring run, from folders and from names.

A system has one wav.scp for each generation seed; the seed is empty where there is one
only and nobody named it.
"""

import re
from collections.abc import Sequence
from pathlib import Path

Systems = dict[str, dict[str, Path]]  # name -> seed -> wav.scp
_SEED_FOLDER = re.compile(r"(?P<name>.+)_seed(?P<seed>\d+)")


def systems_of(
    generation_dirs: Sequence[Path], named: Sequence[str], main_system: str
) -> Systems:
    """Find the generated systems.

    Args:
        generation_dirs: Folders with ``<system>_seed<n>/wav.scp``, or with a wav.scp
            of their own.
        named: ``name[@seed]=wav.scp``.
        main_system: Name of the system in a folder's own wav.scp.

    Returns:
        wav.scp of each system and seed, in order.

    Raises:
        ValueError: If a folder holds no system, a text has another form, or a system
            and seed come twice.
    """
    found = []
    for folder in generation_dirs:
        matches = [
            (_SEED_FOLDER.fullmatch(scp.parent.name), scp)
            for scp in sorted(folder.glob("*/wav.scp"))
        ]
        places = [
            (match["name"], match["seed"], scp) for match, scp in matches if match
        ]
        if (folder / "wav.scp").exists():
            places.append((main_system, "", folder / "wav.scp"))
        if not places:
            raise ValueError(
                f"{folder} holds no <system>_seed<n>/wav.scp; generate first"
            )
        found += sorted(places, key=lambda place: (place[0] != main_system, *place))
    for text in named:
        name, equals, path = text.partition("=")
        if not (name and equals and path):
            raise ValueError(
                f"--systems {text!r} is not name=wav.scp or name@seed=wav.scp"
            )
        name, _, seed = name.partition("@")
        found.append((name, seed.removeprefix("seed"), Path(path)))
    systems: Systems = {}
    for name, seed, path in found:
        if seed in systems.setdefault(name, {}):
            raise ValueError(f"system {name} with seed {seed or 'none'} is given twice")
        systems[name][seed] = path
    return systems
