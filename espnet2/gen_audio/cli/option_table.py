"""Options of later commands, without importing their libraries.

The table is ``scripts/options.json`` of the recipe, which ``scripts/list_options.py``
writes: for each command the names of its options and the values that they accept.
"""

import argparse
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from espnet2.gen_audio.cli.number_options import plainly_written
from espnet2.gen_audio.files.plain_json import load_json
from espnet2.gen_audio.files.plain_mapping import changed_mapping
from espnet2.gen_audio.files.regular_file import regular

_IF_NEW = "; if it is a new option, scripts/list_options.py lists it"
_NUMBERS = {"int": plainly_written(int), "float": plainly_written(float)}
_NOTHING = ("none", "null", "nil")  # ESPnet's values for no class of a table


class OptionTable:
    """The options of one command and their accepted values.

    Args:
        path: File of the table.
        command: A part, for its training; or another command of the table.
    """

    def __init__(self, path: Path, command: str):
        known = load_json(regular(path).read_text(encoding="utf-8"))
        self.options: Mapping[str, Any] = (
            known["common"] | known["trainings"][command]
            if command in known["trainings"]
            else known["commands"][command]
        )

    def refuse_config(self, config: Mapping[str, Any]) -> None:
        """Refuse a configuration with a key that the command does not have.

        Args:
            config: Contents of the YAML file.

        Raises:
            ValueError: If a key is unknown.
        """
        unknown = [key for key in config if key not in self.options]
        if unknown:
            raise ValueError(f"the key {unknown[0]} is unknown{_IF_NEW}")

    def refuse_words(self, words: Sequence[str]) -> None:
        """Refuse arguments that the command does not accept.

        Args:
            words: The arguments.

        Raises:
            ValueError: If a name is unknown or ambiguous, a value is missing, a value
                is not one of the choices, or a number is expected.
        """
        for name, values in _grouped(words):
            takes = self.options[self._full_name(name)]
            if takes is None:
                continue
            if not values:
                raise ValueError(f"--{name} needs a value")
            for value in values:
                _refuse_value(name, value, takes)

    def _full_name(self, name: str) -> str:
        """Return the option with a name or with a unique beginning."""
        if name in self.options:
            return name
        found = sorted(option for option in self.options if option.startswith(name))
        if len(found) != 1:
            several = f"may be --{' or --'.join(found)}"
            raise ValueError(f"--{name} {several if found else f'is unknown{_IF_NEW}'}")
        return found[0]


def _grouped(words: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    """Yield each option with the words that follow it."""
    name, values = None, []
    for word in words:
        if not word.startswith("--"):
            if name is None:
                raise ValueError(f"{word!r} is before the first option")
            values.append(word)
            continue
        if name is not None:
            yield name, values
        name, equals, value = word.removeprefix("--").partition("=")
        values = [value] if equals else []
    if name is not None:
        yield name, values


def _refuse_value(name: str, value: str, takes: str | Sequence[str]) -> None:
    """Refuse a value that is not one of the choices, or not a number as expected."""
    if takes == "mapping":
        try:
            changed_mapping({}, value)
        except ValueError as error:
            raise ValueError(f"--{name} {value}: {error}") from error
    elif isinstance(takes, str):
        try:
            _NUMBERS.get(takes, str)(value)
        except (ValueError, argparse.ArgumentTypeError):
            raise ValueError(f"--{name} {value}: give a number ({takes})") from None
    elif "None" in takes and value.lower() in _NOTHING:
        return
    elif value not in takes:
        raise ValueError(f"--{name} {value}: choose from {', '.join(takes)}")
