"""Options of the commands that run late, known without the import of their libraries.

The table is ``scripts/options.json`` of the recipe, which ``scripts/list_options.py``
writes: for each command the names of its options and what they take.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from espnet2.gen_audio.files.regular_file import regular

_IF_NEW = "; if it is a new option, scripts/list_options.py lists it"
_NUMBERS = {"int": int, "float": float}
_NOTHING = ("none", "null", "nil")  # ESPnet's words for no class of a table of classes


class OptionTable:
    """What the options of one command take.

    Args:
        path: File of the table.
        command: A part, for its training; or another command of the table.
    """

    def __init__(self, path: Path, command: str):
        known = json.loads(regular(path).read_text(encoding="utf-8"))
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
            ValueError: If there is such a key.
        """
        unknown = [key for key in config if key not in self.options]
        if unknown:
            raise ValueError(f"the key {unknown[0]} is unknown{_IF_NEW}")

    def refuse_words(self, words: Sequence[str]) -> None:
        """Refuse arguments that the command would refuse.

        Args:
            words: The arguments.

        Raises:
            ValueError: If a name is unknown or may be two options, a value is missing,
                or is none of the choices or no number where one is due.
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
        """Return the option that a name or its unique beginning stands for."""
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
                raise ValueError(f"{word!r} stands before any option")
            values.append(word)
            continue
        if name is not None:
            yield name, values
        name, equals, value = word.removeprefix("--").partition("=")
        values = [value] if equals else []
    if name is not None:
        yield name, values


def _refuse_value(name: str, value: str, takes: str | Sequence[str]) -> None:
    """Refuse a value that is none of the choices, or no number where one is due."""
    if isinstance(takes, str):
        try:
            _NUMBERS.get(takes, str)(value)
        except ValueError:
            raise ValueError(f"--{name} {value}: a number ({takes}) is due") from None
    elif "None" in takes and value.lower() in _NOTHING:
        return
    elif value not in takes:
        raise ValueError(f"--{name} {value}: choose from {', '.join(takes)}")
