"""ESPnet's parser, whose options and whose file of ``--config`` are plain data here.

ESPnet's parser makes the values of the file its defaults. It opens the file without
bounds, reads ``1e-3`` as a text, and gives neither a number nor a list to the ``type``
of its option. Its options of mappings (``--optim_conf``) are expressions of Python.
"""

import argparse
from collections.abc import Sequence
from typing import Any

from espnet2.utils.config_argparse import ArgumentParser
from espnet2.utils.nested_dict_action import NestedDictAction

from espnet2.gen_audio.cli.number_options import plainly_written
from espnet2.gen_audio.files.plain_mapping import changed_mapping, refuse_text_numbers
from espnet2.gen_audio.files.plain_yaml import read_yaml

_SINGLE_TOO = ("keep_nbest_models",)  # lists of which ESPnet takes a single value too


class PlainMapping(NestedDictAction):
    """An option whose values are plain data, in the notation of ESPnet's option."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Any,
        option_string: str | None = None,
    ) -> None:
        """Add the values of a word to the option.

        Args:
            parser: The parser.
            namespace: Options so far, changed in place.
            values: The word.
            option_string: The option as it was written.

        Raises:
            ArgumentError: If the word is no such value.
        """
        before = getattr(namespace, self.dest, None)
        try:
            mapping = changed_mapping(
                before if isinstance(before, dict) else {}, values
            )
        except ValueError as error:
            raise argparse.ArgumentError(self, str(error)) from None
        setattr(namespace, self.dest, mapping)


class PlainParser(ArgumentParser):
    """ESPnet's parser, with a file of ``--config`` that is read as all YAML here."""

    def parse_known_args(
        self,
        args: Sequence[str] | None = None,
        namespace: argparse.Namespace | None = None,
    ) -> tuple[argparse.Namespace, list[str]]:
        """Return the options of a command and of the file that it names.

        Args:
            args: Arguments of the command; None takes those of the process.
            namespace: Options that are set already; changed in place.

        Returns:
            The options, and arguments that are none of them.

        Raises:
            ValueError: If the file is a pipe or a device, large, or no plain YAML, if
                it is no mapping, or a value does not fit its option.
        """
        parse = super(ArgumentParser, self).parse_known_args  # reads no file
        path = parse(args, namespace)[0].config
        if path is not None:
            self.set_defaults(**self._values_of(path))
        return parse(args, namespace)

    def _values_of(self, path: str) -> dict[str, Any]:
        """Return the options that a file states."""
        try:
            values = read_yaml(path)
            _check_values(self, path, values)
        except FileNotFoundError:
            self.error(f"No such file: {path}")
        except ValueError as error:
            raise ValueError(f"--config {error}") from error
        known = {action.dest for action in self._actions}
        for name in values:
            if name not in known:
                self.error(f"unrecognized arguments: {name} (from {path})")
        return values


def take_plain_values(parser: ArgumentParser) -> None:
    """Let ESPnet's parser take data alone, and numbers as written.

    Args:
        parser: The parser, changed in place.
    """
    parser.__class__ = PlainParser
    for action in parser._actions:
        if type(action) is NestedDictAction:
            action.__class__ = PlainMapping
        elif action.type is not None:
            action.type = plainly_written(action.type)


def accept_in_config(action: argparse.Action, *types: type) -> None:
    """Let an option that is a text on the command line be another value in a file.

    Args:
        action: The option.
        *types: Types of the value.
    """
    action.types_in_config = types  # type: ignore[attr-defined]


def _check_values(parser: argparse.ArgumentParser, path: str, values: Any) -> None:
    """Refuse what is no mapping of options to values that they take."""
    if not isinstance(values, dict):
        held = "nothing" if values is None else f"a {type(values).__name__}"
        raise ValueError(
            f"{path} holds {held}, where lines 'option: value' are needed, such as "
            "seed: 1"
        )
    for name, value in values.items():
        actions = [one for one in parser._actions if one.dest == name]
        faults = [_fault(action, value) for action in actions]
        if faults and all(faults):
            raise ValueError(f"{path}, {name}: got {str(value)[:60]!r}; {faults[0]}")


def _fault(action: argparse.Action, value: Any) -> str | None:
    """Return what is wrong with the value of an option, or None."""
    if value == action.default and type(value) is type(action.default):
        return None
    types = getattr(action, "types_in_config", ())
    if types and isinstance(value, types) and not isinstance(value, bool):
        return None
    if isinstance(action, NestedDictAction):
        return _fault_of_mapping(value)
    if value is None:  # right where nothing is the default
        usual = action.default is None or _typed(action, "none") is None
        return None if usual else "leave the line out, or give a value"
    if action.nargs == 0:
        return None if isinstance(value, bool) else "give true or false"
    return (_fault_of_list if _is_list(action) else _fault_of_one)(action, value)


def _fault_of_mapping(value: Any) -> str | None:
    """Return what is wrong with the value of an option that is a mapping, or None."""
    if not isinstance(value, dict):
        return "give a mapping of names to values"
    try:
        refuse_text_numbers(value)
    except ValueError as error:
        return str(error)
    return None


def _is_list(action: argparse.Action) -> bool:
    """Tell whether an option has a list of values."""
    return action.nargs is not None or isinstance(action, argparse._AppendAction)


def _fault_of_list(action: argparse.Action, value: Any) -> str | None:
    """Return what is wrong with the value of an option that has a list, or None."""
    if action.dest in _SINGLE_TOO and not isinstance(value, list):
        return _fault_of_one(action, value)
    if not isinstance(value, list):
        return "give a list, such as [first, second]"
    wanted = action.nargs if isinstance(action.nargs, int) else None
    if wanted not in (None, len(value)) or (action.nargs == "+" and not value):
        return f"give a list of {wanted or 'one or more'} values"
    return next(filter(None, (_fault_of_one(action, one) for one in value)), None)


def _fault_of_one(action: argparse.Action, value: Any) -> str | None:
    """Return what is wrong with one value of an option, or None."""
    if isinstance(value, list) and _is_list(action) and action.type not in (None, str):
        value = ",".join(map(str, value))  # a pair, as the command line has it
    if isinstance(value, (list, dict)):
        return "give a single value"
    if isinstance(value, str) and not action.choices and not _is_list(action):
        return None  # argparse gives a text to the type, unless the option is given
    read = _typed(action, str(value))
    if isinstance(read, argparse.ArgumentTypeError):
        return str(read).split("; ", 1)[-1]
    if action.choices and read not in action.choices:
        return f"give one of {', '.join(map(str, action.choices))}"
    if isinstance(read, Exception):
        return f"give what --{action.dest} takes, see --help"
    return _fault_of_form(value, read)


def _fault_of_form(value: Any, read: Any) -> str | None:
    """Return what is wrong with the form of a value of which a type made another."""
    if isinstance(value, str):  # a number in a list stays a text
        number = isinstance(read, (bool, int, float))
        return "give a number, without quotes" if number else None
    return None if read == value else f"write it in quotes: '{value}'"


def _typed(action: argparse.Action, word: str) -> Any:
    """Return what the type of an option makes of a word, or its refusal."""
    try:
        return word if action.type is None else action.type(word)
    except Exception as error:  # the types of an option refuse in any way
        return error
