"""Read a JSON file that holds a mapping, such as a config.json."""

import json
from pathlib import Path
from typing import Any

from espnet2.gen_audio.files.regular_file import WHOLE, regular


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
        values = json.loads(content)
    except (ValueError, RecursionError) as error:
        reason = "nested too deep" if isinstance(error, RecursionError) else error
        raise ValueError(f"{path} is no JSON ({reason}); {remedy}") from error
    if not isinstance(values, dict):
        raise ValueError(
            f"{path} holds a {type(values).__name__}, where a mapping of names to "
            f"values is needed; {remedy}"
        )
    return values
