"""Write options.json: the options of the commands that run late, and their values.

With this file, bin.check_options finds wrong names and values before the first stage,
without importing the libraries of the commands. A test compares the file with the
commands. Run this script again when an option is added:

    python3 scripts/list_options.py scripts/options.json
"""

import argparse
import importlib
import json
import sys
from pathlib import Path

from espnet2.gen_audio.cli.config_option import PlainMapping
from espnet2.gen_audio.parts import PARTS

COMMANDS = {
    "inference": "espnet2.gen_audio.bin.gen_audio_inference",
    "score_speech": "espnet2.gen_audio.bin.score_speech",
}
NEWER = {"wandb_allow_val_change": "any"}  # options that only ESPnet 202611 has


def value_of(action: argparse.Action) -> str | list[str] | None:
    """Return the values that an option accepts.

    Args:
        action: One option.

    Returns:
        Its choices; ``int``, ``float`` or ``mapping``; ``any``; None if it takes no
        value.
    """
    if isinstance(action, PlainMapping):
        return "mapping"
    if action.nargs == 0:
        return None
    if action.choices is not None:
        return [str(choice) for choice in action.choices]
    kind = getattr(action.type, "__name__", None)
    return kind if action.nargs is None and kind in ("int", "float") else "any"


def options_of(parser: argparse.ArgumentParser) -> dict[str, str | list[str] | None]:
    """Return the accepted values of a command's options, by name without dashes."""
    return {
        name.removeprefix("--"): value_of(action)
        for action in parser._actions
        for name in action.option_strings
        if name.startswith("--")
    }


def listed() -> dict[str, dict]:
    """Return the options of all commands; common options of trainings are separate."""
    trainings = {
        part: _options_of_module(record.command)
        for part, record in PARTS.items()
        if record.command
    }
    first = next(iter(trainings.values()))
    common = {
        name: value
        for name, value in first.items()
        if all(each.get(name, ...) == value for each in trainings.values())
    }
    own = {
        part: {n: _open(v) for n, v in options.items() if n not in common}
        for part, options in trainings.items()
    }
    # the optimisers depend on the installed packages
    common |= {name: "any" for name in ("optim", "optim2") if name in common}
    commands = {name: _options_of_module(module) for name, module in COMMANDS.items()}
    return {"common": NEWER | common, "trainings": own, "commands": commands}


def _options_of_module(module: str) -> dict[str, str | list[str] | None]:
    return options_of(importlib.import_module(module).get_parser())


def _open(value: str | list[str] | None) -> str | list[str] | None:
    """Return the values of a part's option; users can register more classes."""
    return "any" if isinstance(value, list) else value


def main() -> None:
    """Write the file that is named on the command line."""
    lines = json.dumps(listed(), indent=1, sort_keys=True)
    Path(sys.argv[1]).write_text(lines + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
