"""From the entries of the page to the words of the command line that mean the same.

The page has no reading of options of its own: what was entered becomes words, and the
parser of the command reads or refuses them.
"""

import argparse
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from espnet2.gen_audio.demo.fields import Field, is_shown


def entered_words(
    parser: argparse.ArgumentParser, fields: Sequence[Field], entries: Mapping[str, Any]
) -> list[str]:
    """Return the words of what was entered.

    Entries that are empty, equal to the default of the command, or hidden because the
    task does not read them, have no words. A text is joined to the name of its option,
    so that no text can be taken for another option.

    Args:
        parser: Parser of the command.
        fields: Fields of the page.
        entries: What was entered, by name of the option.

    Returns:
        The words, the prompt first if it can stand there.

    Raises:
        ValueError: If spans are no lines of two numbers, or a text is a double dash.
    """
    task = entries.get("task") or parser.get_default("task")
    words: list[str] = []
    for field in fields:
        if field.option != "prompt" and is_shown(field.option, task):
            words += _field_words(parser, field, entries.get(field.option))
    prompt = entries.get("prompt") or ""
    if prompt.startswith("-"):
        return [*words, "--", prompt]
    return [prompt, *words] if prompt else words


def given_words(
    parser: argparse.ArgumentParser, args: argparse.Namespace, left_out: Collection[str]
) -> list[str]:
    """Return the words of options that were given to the command.

    Args:
        parser: Parser of the command.
        args: Its options.
        left_out: Names of options without words.

    Returns:
        The words of options whose value is not the default.
    """
    words: list[str] = []
    for action in parser._actions:
        value = getattr(args, action.dest, None)
        if action.dest in left_out or value == action.default or value is None:
            continue
        option = f"--{action.dest}"
        if action.nargs == 0:
            words.append(option)
        elif action.nargs is not None:
            words += [option, *map(str, value)]
        else:
            several = value if isinstance(value, list) else [value]
            words += [f"{option}={one}" for one in several]
    return words


def _field_words(
    parser: argparse.ArgumentParser, field: Field, value: Any
) -> Sequence[str]:
    """Return the words of an entry; none if it is empty or the default."""
    option = field.option
    usual = str(parser.get_default(option))
    if value in (None, "", False) or str(value) == usual:
        return []
    if field.form == "flag":
        return [f"--{option}"]
    if field.form == "spans":
        return _span_words(parser, option, value)
    if value == "--":  # argparse would take it for an end of options
        raise ValueError(f"--{option}: got '--'; give words, or leave it empty")
    return [f"--{option}={value}"]


def _span_words(
    parser: argparse.ArgumentParser, option: str, entry: str
) -> Sequence[str]:
    """Return the words of spans, one a line, start and end in seconds."""
    (action,) = [each for each in parser._actions if each.dest == option]
    words: list[str] = []
    for line in filter(str.strip, entry.splitlines()):
        numbers = line.split()
        if len(numbers) != action.nargs:
            raise ValueError(
                f"--{option}: got {line.strip()!r}; give lines of start and end in "
                "seconds, such as 1.2 2.0"
            )
        for number in numbers:  # two words apart could be read as other options
            try:
                action.type(number)
            except argparse.ArgumentTypeError as error:
                raise ValueError(f"argument --{option}: {error}") from error
        words += [f"--{option}", *numbers]
    return words
