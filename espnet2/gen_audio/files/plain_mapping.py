"""Values of options such as ``--optim_conf lr=0.1``: plain data, never code.

ESPnet's own reader passes the word to Python's ``eval``, and to a loader of YAML that
makes objects of any class. Here a word is data: YAML of plain values, or a dict in
Python's notation.
"""

import ast
import copy
import re
from collections.abc import Mapping
from typing import Any

import yaml

from espnet2.gen_audio.files.plain_yaml import load_yaml

_PLAIN = (dict, list, tuple, str, int, float, type(None))  # bool is an int
_EXPONENT = re.compile(r"[+-]?[0-9]+(\.[0-9]*)?[eE][+-]?[0-9]+")


def changed_mapping(mapping: Mapping[str, Any] | None, word: str) -> dict[str, Any]:
    """Return a mapping with the values of a word.

    Args:
        mapping: Values by name, for example those of a configuration file; not changed.
        word: ``name=VALUE``, ``name.inner=VALUE`` with a value in YAML, or a mapping
            ``{name: VALUE}``, whose values replace those of the same name.

    Returns:
        The new mapping.

    Raises:
        ValueError: If the word is none of these.
    """
    changed = copy.deepcopy(dict(mapping or {}))
    names, equals, value = word.partition("=")
    if not equals or word.lstrip().startswith("{"):
        return changed | _mapping(word)
    *outer, last = names.split(".")
    if not all([*outer, last]):
        raise ValueError(f"got {word[:60]!r}; a name is missing before '='")
    inner = changed
    for name in outer:
        if not isinstance(inner.get(name), dict):
            inner[name] = {}
        inner = inner[name]
    inner[last] = load_yaml(value) if value.strip() else value
    refuse_text_numbers(inner[last])
    return changed


def refuse_text_numbers(value: Any) -> None:
    """Refuse ``1e-3``, which is a text in YAML 1.1 for want of a point and a sign.

    Args:
        value: A value, or a mapping or list of values.

    Raises:
        ValueError: If there is such a text.
    """
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        for one in value:
            refuse_text_numbers(one)
    elif isinstance(value, str) and _EXPONENT.fullmatch(value):
        number = yaml.safe_dump(float(value)).split()[0]
        raise ValueError(f"{value} is a text in YAML; write {number}")


def _mapping(word: str) -> dict[str, Any]:
    """Return the mapping that a word is in Python's notation or in YAML."""
    try:
        value = _python_value(word)
    except (SyntaxError, TypeError, ValueError, MemoryError, RecursionError):
        value = load_yaml(word)
    if not isinstance(value, dict):
        raise ValueError(f"got {word[:60]!r}; give name=VALUE or {{name: VALUE}}")
    refuse_text_numbers(value)
    return value


def _python_value(word: str) -> Any:
    """Return a literal of Python whose numbers are those of ``load_yaml``, too."""
    tree = ast.parse(word.strip(), mode="eval")
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant):
            written = ast.get_source_segment(word.strip(), node) or ""
            number = type(node.value) in (int, float)
            if not isinstance(node.value, _PLAIN) or (number and "_" in written):
                raise ValueError(f"{written!r} is no plain value")
        elif isinstance(node, ast.Set):
            raise ValueError("a set is no plain value")
    return ast.literal_eval(tree)
