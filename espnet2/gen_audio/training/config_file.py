"""Read a YAML file that is included in a training's config."""

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
    try:
        with open(path, encoding="utf-8") as file:
            contents = yaml.safe_load(file)
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise ValueError(
            f"{path} is not plain YAML ({error}); give a configuration file"
        ) from error
    if not isinstance(contents, dict):
        raise ValueError(
            f"{path} must hold 'key: value' lines, but contains a "
            f"{type(contents).__name__}; give a configuration file"
        )
    return contents
