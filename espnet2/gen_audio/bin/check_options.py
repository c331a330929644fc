"""Check the options of later stages of the recipe before the first stage runs.

For every training, and for generation and scores, the keys of the configuration and the
arguments are compared with the options of the command. Given folders, files and
encoders are looked up. No model is loaded.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from espnet2.gen_audio.cli.command import one_line_errors, setup_logging
from espnet2.gen_audio.cli.option_table import OptionTable
from espnet2.gen_audio.encoder.resolve import resolve_model
from espnet2.gen_audio.feats.clip import ClipGeometry
from espnet2.gen_audio.training.config_file import read_yaml

NO_FILES = ("none", "clap", "hugging_face")  # encoders without a folder
_WEIGHTS = ("model.safetensors", "valid.*.best.pth")


def get_parser() -> argparse.ArgumentParser:
    """Return the parser of this command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    add = parser.add_argument
    add("--table", type=Path, required=True, help="options.json of the recipe")
    add("--geometry", type=Path, help="YAML of the geometry of a clip")
    add(
        "--run",
        nargs=3,
        action="append",
        default=[],
        metavar=("COMMAND", "CONFIG", "ARGS"),
        help="a command to run: a part's training, inference or score_speech; its YAML "
        "or an empty text; its arguments as one word",
    )
    add(
        "--given",
        nargs=2,
        action="append",
        default=[],
        metavar=("PART", "FOLDER"),
        help="a given experiment that is not trained",
    )
    add("--seeds", default="", help="seeds of generation, as one word")
    add("--encoders", nargs="*", default=[], help="frozen encoders of captions")
    add("--files", nargs="*", default=[], help="OPTION=PATH: files that are read late")
    return parser


def check_geometry(path: Path) -> None:
    """Refuse a file that is no geometry of a clip.

    Args:
        path: YAML file.

    Raises:
        ValueError: If the file contains something else.
    """
    _refuse_missing("geometry", path)
    try:
        ClipGeometry.from_dict(read_yaml(path))
    except ValueError as error:
        raise ValueError(f"--geometry {path}: {error}") from error


def check_run(table: Path, command: str, config: str, args: str) -> None:
    """Refuse a configuration or arguments that a command would refuse.

    Args:
        table: File of the table of options.
        command: Name of the command in the table.
        config: Its YAML file; empty for none.
        args: Its arguments, separated by spaces.

    Raises:
        ValueError: If a key or argument is unknown, or a value is not valid.
        FileNotFoundError: If there is no such configuration.
    """
    known = OptionTable(table, command)
    if config:
        _refuse_missing(f"{command}_config", Path(config))
        try:
            known.refuse_config(read_yaml(config))
        except ValueError as error:
            raise ValueError(f"--{command}_config {config}: {error}") from error
    try:
        known.refuse_words(args.split())
    except ValueError as error:
        raise ValueError(f"--{command}_args {args.strip()!r}: {error}") from error


def check_given(part: str, folder: Path) -> None:
    """Refuse a folder that is not a trained part of a given name.

    Args:
        part: Name of the part.
        folder: Experiment, or a part's folder of a converted system.

    Raises:
        ValueError: If it is the folder of another part.
        FileNotFoundError: If it has no configuration or no weights.
    """
    what = f"--{part}_exp {folder}"
    if not (folder / "config.yaml").is_file():
        raise FileNotFoundError(f"{what} has no config.yaml; give a trained experiment")
    found = read_yaml(folder / "config.yaml").get("part")
    if found != part:
        raise ValueError(f"{what} holds the part {found!r}; give a folder of {part!r}")
    if not any(path for pattern in _WEIGHTS for path in folder.glob(pattern)):
        raise FileNotFoundError(
            f"{what} has none of {', '.join(_WEIGHTS)}; give an experiment whose "
            "training has completed an epoch"
        )


def check_seeds(seeds: str) -> None:
    """Refuse seeds that are no whole numbers.

    Args:
        seeds: Seeds, separated by spaces.

    Raises:
        ValueError: If a seed is no whole number.
    """
    for seed in seeds.split():
        if not seed.isdecimal():
            raise ValueError(
                f"--seeds {seeds!r}: {seed!r} is no whole number from 0 up"
            )


def _refuse_missing(option: str, path: Path) -> None:
    if not path.is_file():
        raise FileNotFoundError(f"--{option} {path}: there is no such file")


@one_line_errors(status=2)
def main(cmd: Sequence[str] | None = None) -> None:
    """Run the command.

    Args:
        cmd: Arguments; None takes those of the process.
    """
    args = get_parser().parse_args(cmd)
    setup_logging()
    for option, _, path in (text.partition("=") for text in args.files):
        _refuse_missing(option, Path(path))
    if args.geometry is not None:
        check_geometry(args.geometry)
    for command, config, words in args.run:
        check_run(args.table, command, config, words)
    for part, folder in args.given:
        check_given(part, Path(folder))
    check_seeds(args.seeds)
    for name in args.encoders:
        if name not in NO_FILES:
            resolve_model(name)


if __name__ == "__main__":
    main()
