"""Read a configuration file whose contents go into another."""

from pathlib import Path
from typing import Any

import yaml


def read_yaml(path: str | Path) -> dict[str, Any]:
    """Read a YAML file that holds a mapping.

    Args:
        path: The file.

    Returns:
        Its contents.

    Raises:
        ValueError: If the file holds something else.
    """
    with open(path, encoding="utf-8") as file:
        contents = yaml.safe_load(file)
    if not isinstance(contents, dict):
        raise ValueError(f"{path} must hold 'key: value' lines")
    return contents
