"""Check the file of ``--config`` before ESPnet's parser opens it without bounds."""

import argparse
from collections.abc import Sequence

from espnet2.gen_audio.files.plain_yaml import read_yaml


def check_config_option(cmd: Sequence[str] | None = None) -> None:
    """Refuse a file of options that is no plain YAML.

    A missing file, or an option without one, is left to the parser of the command.

    Args:
        cmd: Arguments of a command; None takes those of the process.

    Raises:
        ValueError: If the file is a pipe or a device, large, or no plain YAML.
    """
    parser = argparse.ArgumentParser(
        add_help=False, allow_abbrev=False, exit_on_error=False
    )
    parser.add_argument("--config")
    try:
        path = parser.parse_known_args(cmd)[0].config
        if path is not None:
            read_yaml(path)
    except (argparse.ArgumentError, FileNotFoundError):
        return
    except ValueError as error:
        raise ValueError(f"--config {error}") from error
