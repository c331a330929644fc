#!/usr/bin/env python3
"""Count the modules that one text-to-audio request passes through.

    . tools/activate_python.sh; python tools/count_modules.py [--list]

The script runs the command espnet-gen-audio on a tiny system with random weights. It
records the modules of the plugin in which a function runs, from the parsed request to
the written file; loading ends before that. The generation path consists of the command,
generation_options/, pipeline/ and sampling/. These modules call all others.
"""

import argparse
import sys
import tempfile
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import FrameType

PACKAGE = "espnet2.gen_audio."
BEGIN = (PACKAGE + "generation_options.single_request", "request_of")
END = (PACKAGE + "feats.sound_writer", "write_sound")
PATH = "generation path"
CONCEPTS = {
    PATH: ("bin", "generation_options", "pipeline", "sampling"),
    "conditions": ("condition", "text", "encoder"),
    "networks and process": tuple(
        "audiomae loa_lm diffusion vae vocoder seeding".split()
    ),
    "faster forms": ("accel",),
    "geometry and files": ("feats", "files"),
}  # layers of each concept


class Recorder:
    """Records the functions of the plugin that run between two given functions.

    Attributes:
        entered: Functions by module, in the order in which modules are entered.
    """

    def __init__(self) -> None:
        self.entered: dict[str, list[str]] = {}
        self._active = False

    def __call__(self, frame: FrameType, event: str, value: object) -> None:
        """Note one event of ``sys.setprofile``.

        Args:
            frame: The function.
            event: What happens to it.
            value: What it returns.
        """
        module = frame.f_globals.get("__name__", "")
        if not module.startswith(PACKAGE):
            return
        name = frame.f_code.co_name
        if event == "return" and (module, name) == BEGIN:
            self._active = True
        elif event == "return" and (module, name) == END:
            self._active = False
        elif event == "call" and self._active and name != "<module>":
            functions = self.entered.setdefault(module.removeprefix(PACKAGE), [])
            if name not in functions:
                functions.append(name)


def record(cmd: Sequence[str]) -> dict[str, list[str]]:
    """Run espnet-gen-audio and record what its request passes through.

    Args:
        cmd: Arguments of the command.

    Returns:
        Functions by module.
    """
    from espnet2.gen_audio.bin.gen_audio import main

    recorder = Recorder()
    threading.setprofile(recorder)
    sys.setprofile(recorder)
    try:
        main(cmd)
    finally:
        sys.setprofile(None)
        threading.setprofile(None)
    return recorder.entered


def tiny_system(folder: Path) -> Path:
    """Return the folder of a tiny system with random weights; make it if it is missing.

    Args:
        folder: Folder for the system.

    Returns:
        The converted folder.
    """
    from espnet2.gen_audio.bench.random_models import prepare

    return prepare(folder, "tiny")[1]


def by_concept(modules: Iterable[str]) -> dict[str, list[str]]:
    """Group modules by concept.

    Args:
        modules: Names within the package.

    Returns:
        Names by concept, in their order.

    Raises:
        ValueError: If a module belongs to a layer without a concept.
    """
    groups: dict[str, list[str]] = {concept: [] for concept in CONCEPTS}
    for name in modules:
        layer = name.split(".")[0]
        found = [concept for concept, layers in CONCEPTS.items() if layer in layers]
        if not found:
            raise ValueError(
                f"{name} has no concept; add {layer} to CONCEPTS of {__file__}"
            )
        groups[found[0]].append(name)
    return groups


def main(cmd: Sequence[str] | None = None) -> None:
    """Count the modules and print their numbers.

    Args:
        cmd: Arguments; default: those of the command line.
    """
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--list", action="store_true", help="print the names of modules"
    )
    parser.add_argument("--folder", type=Path, help="folder for the tiny system")
    args = parser.parse_args(cmd)
    with tempfile.TemporaryDirectory() as work:
        model = tiny_system(args.folder or Path(work))
        sound = ["--output", f"{work}/sound.wav", "--steps", "2", "--json"]
        entered = record(["a dog barks", "--model", str(model), *sound])
    for concept, modules in by_concept(entered).items():
        print(f"{concept}: {len(modules)}")
        for name in modules if args.list else ():
            print(f"    {name}: {', '.join(entered[name])}")
    print(f"in all: {len(entered)}")


if __name__ == "__main__":
    main()
