"""Read JSON in which no key has two values; a file that holds a mapping."""

import json
from pathlib import Path
from typing import Any

from espnet2.gen_audio.files.regular_file import WHOLE, regular


def load_json(text: str | bytes) -> Any:
    """Return the values of a JSON text.

    Args:
        text: The text.

    Returns:
        Mappings, lists, texts, numbers, true, false and None.

    Raises:
        ValueError: If it is no JSON, nested too deep, or a key has two values, of which
            Python's own reader takes the last.
    """
    try:
        return json.loads(text, object_pairs_hook=once_each)
    except RecursionError as error:
        raise ValueError("nested too deep") from error


def once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return keys and values as a mapping.

    Args:
        pairs: Each key with its value.

    Returns:
        The mapping.

    Raises:
        ValueError: If a key has two values.
    """
    values = dict(pairs)
    if len(values) < len(pairs):
        seen: set[str] = set()
        twice = next(name for name, _ in pairs if name in seen or seen.add(name))
        raise ValueError(f"{twice[:60]!r} has two values")
    return values


def read_json(path: Path, remedy: str = "copy the folder again") -> dict[str, Any]:
    """Read a JSON file that holds a mapping.

    Args:
        path: The file.
        remedy: What a user can do about a file that is none.

    Returns:
        Its contents.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it holds something else, is no regular file or is larger than
            64 MiB.
    """
    content = regular(path, WHOLE).read_bytes()
    try:
        values = load_json(content)
    except ValueError as error:
        raise ValueError(f"{path} is no JSON ({error}); {remedy}") from error
    if not isinstance(values, dict):
        raise ValueError(
            f"{path} holds a {type(values).__name__}, where a mapping of names to "
            f"values is needed; {remedy}"
        )
    return values
