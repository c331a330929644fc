#!/usr/bin/env python3
"""Print a value of a YAML config, as the program reads it.

    scripts/config_value.py CONFIG KEY [DEFAULT]       KEY: words.joined.by.dots
    scripts/config_value.py --geometry CONFIG FIELD    with the defaults of ClipGeometry

A key that is absent or null is the default; without a default, nothing is printed.
"""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from espnet2.gen_audio.cli.command import one_line_errors, setup_logging
from espnet2.gen_audio.feats.clip import ClipGeometry
from espnet2.gen_audio.files.plain_yaml import read_yaml


def value_of(config: Mapping[str, Any], key: str) -> Any:
    """Return the value of a key.

    Args:
        config: Contents of the config.
        key: Names from the outermost to the innermost, joined by dots.

    Returns:
        The value; None if a name is absent.
    """
    value: Any = config
    for name in key.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def get_parser() -> argparse.ArgumentParser:
    """Return the parser of this command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--geometry", action="store_true", help="fill in defaults")
    parser.add_argument("config", type=Path, metavar="CONFIG")
    parser.add_argument("key", metavar="KEY")
    parser.add_argument("default", nargs="?", metavar="DEFAULT")
    return parser


@one_line_errors()
def main(cmd: Sequence[str] | None = None) -> None:
    """Print the value that the command line names.

    Args:
        cmd: Arguments; default: those of the command line.
    """
    args = get_parser().parse_args(cmd)
    setup_logging()
    config = read_yaml(args.config) or {}
    if args.geometry:
        config = asdict(ClipGeometry.from_dict(config))
    value = value_of(config, args.key)
    value = args.default if value is None else value
    if value is not None:
        print(f"{value:.15g}" if isinstance(value, float) else value)


if __name__ == "__main__":
    main()
