"""Values of options such as ``--optim_conf lr=1e-3``: plain data, never code.

ESPnet's own reader passes the word to Python's ``eval``, and to a loader of YAML that
makes objects of any class. Here a word is data: YAML of plain values, or a dict in
Python's notation (None, True, tuples). One law holds for the numbers of both, that of
``load_yaml``: what it does not read as the same number is refused.
"""

import ast
import copy
import re
from collections.abc import Mapping
from typing import Any

from espnet2.gen_audio.files.plain_json import once_each
from espnet2.gen_audio.files.plain_number import SCIENTIFIC
from espnet2.gen_audio.files.plain_yaml import load_yaml

_PLAIN = (dict, list, tuple, str, int, float, type(None))  # bool is an int
_OCTAL = re.compile(r"[+-]?0[oO][0-7]+")  # a text in YAML 1.1, a number in Python


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
    """Refuse texts that are numbers to others: ``"1e-3"`` in quotes, and ``0o17``.

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
    elif isinstance(value, str) and SCIENTIFIC.match(value):
        raise ValueError(f"{value} is a text in quotes; write the number without them")
    elif isinstance(value, str) and _OCTAL.fullmatch(value):
        raise ValueError(f"{value} is a text in YAML; write {int(value, 8)}")


def _mapping(word: str) -> dict[str, Any]:
    """Return the mapping that a word is in Python's notation or in YAML."""
    try:
        tree = ast.parse(word.strip(), mode="eval")
        value = ast.literal_eval(tree)
    except (SyntaxError, TypeError, ValueError, MemoryError, RecursionError):
        value = load_yaml(word)
    else:
        for node in ast.walk(tree):
            _check_literal(node, ast.get_source_segment(word.strip(), node) or "")
    if not isinstance(value, dict):
        raise ValueError(f"got {word[:60]!r}; give name=VALUE or {{name: VALUE}}")
    refuse_text_numbers(value)
    return value


def _check_literal(node: ast.AST, written: str) -> None:
    """Refuse a literal of Python that is no plain value, or another one in YAML."""
    if isinstance(node, (ast.Set, ast.Call)):  # the only call in a literal is set()
        raise ValueError(f"{written[:60]} is a set; give a list")
    if isinstance(node, ast.Dict):
        once_each([(str(ast.literal_eval(key)), None) for key in node.keys])
    if not isinstance(node, ast.Constant):
        return
    if not isinstance(node.value, _PLAIN):
        raise ValueError(f"{written[:60]} is no plain value; give a number or a text")
    if type(node.value) in (int, float):
        number = load_yaml(written)
        refuse_text_numbers(number)
        if number != node.value:
            raise ValueError(f"{written[:60]} is {number!r} in YAML; write it as there")
