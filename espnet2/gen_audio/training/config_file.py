"""Read a YAML file that is included in a training's config."""

from pathlib import Path
from typing import Any

from espnet2.gen_audio.files import plain_yaml


def read_yaml(path: str | Path) -> dict[str, Any]:
    """Read a YAML file that holds a mapping.

    Args:
        path: The file.

    Returns:
        Its contents.

    Raises:
        ValueError: If the file holds something else.
    """
    contents = plain_yaml.read_yaml(path)
    if not isinstance(contents, dict):
        raise ValueError(
            f"{path} must hold 'key: value' lines, but contains a "
            f"{type(contents).__name__}; give a configuration file"
        )
    return contents
