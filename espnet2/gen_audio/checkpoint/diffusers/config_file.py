"""A config file of a folder: its values are checked before any of them is used."""

import math
import reprlib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from espnet2.gen_audio.files.plain_json import read_json

LARGEST = 1 << 16  # no size of a network is larger
Settings = dict[str, Any]
_REMEDY = "correct the file, or download the folder again"
# other names of the same activation function
_SYNONYMS = {"swish": "silu"}


@dataclass(frozen=True)
class Rule:
    """A condition on a value of a config file.

    Attributes:
        accepted: What is accepted, in words, for error messages.
        holds: Tells whether a value is accepted; takes a JSON value of any type.
    """

    accepted: str
    holds: Callable[[Any], bool]


FLAG = Rule("true or false", lambda value: isinstance(value, bool))


def whole(low: int, high: int) -> Rule:
    """Return the rule of a whole number from ``low`` to ``high``."""
    return Rule(
        f"a whole number from {low} to {high}",
        lambda value: _is_whole(value) and low <= value <= high,
    )


def number(above: float, below: float) -> Rule:
    """Return the rule of a number between two bounds, which are excluded."""
    return Rule(
        f"a number above {above:g} and below {below:g}",
        lambda value: _is_number(value) and above < value < below,
    )


def one_of(*names: str) -> Rule:
    """Return the rule of one of several names."""
    return Rule(
        f"one of {', '.join(names)}",
        lambda value: isinstance(value, str) and value in names,
    )


def whole_list(length: int, low: int, high: int) -> Rule:
    """Return the rule of a list of whole numbers, each from ``low`` to ``high``."""
    each = whole(low, high)
    return Rule(
        f"a list of {length}, each {each.accepted}",
        lambda value: _is_list(value, length) and all(map(each.holds, value)),
    )


def lists_of(lengths: Collection[int], low: int, high: int) -> Rule:
    """Return the rule of a list of lists of whole numbers, of given lengths."""
    rules = [whole_list(length, low, high) for length in lengths]
    return Rule(
        f"{len(rules)} lists of {', '.join(map(str, lengths))} whole numbers from "
        f"{low} to {high}",
        lambda value: _is_list(value, len(rules))
        and all(rule.holds(each) for rule, each in zip(rules, value)),
    )


@dataclass(frozen=True)
class ConfigFile:
    """The config file of one component.

    Attributes:
        path: The file, for messages.
        stated: Its contents; empty if the file does not exist.
        is_there: Whether the file exists.
    """

    path: Path
    stated: Mapping[str, Any] = field(default_factory=dict)
    is_there: bool = False

    @classmethod
    def read(
        cls,
        folder: Path,
        name: str = "config.json",
        aliases: Mapping[str, str] | None = None,
    ) -> "ConfigFile":
        """Read the file of a component.

        Args:
            folder: Folder of the component.
            name: Name of the file.
            aliases: Another name that the library accepts for a key -> the key.

        Returns:
            The file, without contents if it does not exist.

        Raises:
            ValueError: If it is no JSON mapping, or states two values for one setting.
        """
        path = folder / name
        if not path.is_file():
            return cls(path)
        stated = read_json(path)
        for other, key in (aliases or {}).items():
            if other in stated and stated.setdefault(key, stated[other]) != (
                stated[other]
            ):
                raise ValueError(
                    f"{path}: {key} is {shown(stated[key])} and {other}, another name "
                    f"of it, is {shown(stated[other])}; keep only one of the two"
                )
        return cls(path, stated, True)

    def value(self, key: str, rule: Rule, default: Any) -> Any:
        """Return a value.

        Args:
            key: Its key.
            rule: Condition on its value.
            default: The value if the file does not state one.

        Returns:
            The value.

        Raises:
            ValueError: If the rule does not accept the value.
        """
        if key not in self.stated:
            return default
        if not rule.holds(self.stated[key]):
            raise self.refusal(key, rule.accepted)
        return self.stated[key]

    def refusal(self, key: str, accepted: str, remedy: str = _REMEDY) -> ValueError:
        """Return the error of a value that cannot be used.

        Args:
            key: Its key.
            accepted: What can be used.
            remedy: What to do.

        Returns:
            The error, of one line.
        """
        value = shown(self.stated.get(key))
        return ValueError(
            f"{self.path}: {key} {value} cannot be used; {accepted} "
            f"is accepted: {remedy}"
        )

    def refuse_disagreement(
        self, written: Mapping[str, Any], ignored: Collection[str] = ()
    ) -> None:
        """Refuse a file that states another network than the one that was built.

        Args:
            written: The config that an export of this network writes.
            ignored: Keys that are not compared, as they do not change the network.

        Raises:
            ValueError: If a value differs; the message names the first one.
        """
        for key, ours in written.items():
            if key in self.stated and key not in ignored:
                if not agree(self.stated[key], ours):
                    raise self.refusal(key, f"with these weights {shown(ours)}")

    def note(self, written: Mapping[str, Any], keys: Collection[str]) -> list[str]:
        """List values that neither the file states nor the weights' shapes imply.

        Args:
            written: The config that an export of this network writes.
            keys: Settings that the weights' shapes do not imply.

        Returns:
            One note with the values that were assumed; an empty list if there are none.
        """
        lacking = [key for key in keys if key not in self.stated]
        if not lacking:
            return []
        taken = ", ".join(f"{key} {shown(written[key])}" for key in lacking)
        where = "/".join(self.path.parts[-2:])
        if self.is_there:
            return [f"{where} does not state all settings; assumed: {taken}"]
        return [f"no {where}; assumed as published: {taken}"]


def agree(stated: Any, ours: Any) -> bool:
    """Tell whether two JSON values say the same.

    A value agrees with a list that repeats it; null agrees with false.

    Args:
        stated: Value in the file.
        ours: Value that an export of our network would write.

    Returns:
        Whether they agree.
    """
    if isinstance(ours, list):
        if isinstance(stated, list):
            return len(stated) == len(ours) and all(map(agree, stated, ours))
        return bool(ours) and all(agree(stated, each) for each in ours)
    if isinstance(stated, list):
        return bool(stated) and all(agree(each, ours) for each in stated)
    return _agree_singly(stated, ours)


def shown(value: Any) -> str:
    """Return a value for a message, on one line and cut where it is long."""
    brief = reprlib.Repr()
    brief.maxstring = brief.maxother = 60
    brief.maxlist = brief.maxdict = brief.maxlevel = 8
    return brief.repr(value)


def changed_values(given: Mapping[str, Any], defaults: Mapping[str, Any]) -> Settings:
    """Return the values that differ from the defaults.

    Args:
        given: Values by key.
        defaults: Our class's default values by key.

    Returns:
        Those that differ.
    """
    return {key: value for key, value in given.items() if value != defaults[key]}


def _agree_singly(stated: Any, ours: Any) -> bool:
    """Compare two values, neither of them a list."""
    if ours is None or isinstance(ours, bool):
        same = (None, False)
        return stated is ours or (stated in same and ours in same)
    if isinstance(stated, bool):
        return False
    if isinstance(stated, str):
        stated = _SYNONYMS.get(stated, stated)
    return stated == ours


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: Any) -> bool:
    # an int is always finite, and math.isfinite fails on a huge one
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return isinstance(value, int) or math.isfinite(value)


def _is_list(value: Any, length: int) -> bool:
    return isinstance(value, list) and len(value) == length
