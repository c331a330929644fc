"""Check what later stages of the recipe demand of options, before the first stage runs.

The keys of every configuration and the arguments of every training that is to run, and
those of generation and scores, are compared with what these commands take; folders,
files and encoders that are given are looked up. No model is loaded.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from espnet2.gen_audio.conditioner.resolve import resolve_model
from espnet2.gen_audio.feats.clip import ClipGeometry
from espnet2.gen_audio.recipe.command import one_line_errors, setup_logging
from espnet2.gen_audio.recipe.option_table import OptionTable
from espnet2.gen_audio.training.config_file import read_yaml

NO_FILES = ("none", "clap", "hugging_face")  # encoders without a folder of their own
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
        help="what is to run: a part's training, inference or score_speech; its YAML "
        "or nothing, and its arguments, each as one word",
    )
    add(
        "--given",
        nargs=2,
        action="append",
        default=[],
        metavar=("PART", "FOLDER"),
        help="an experiment that is used as it is",
    )
    add("--seeds", default="", help="seeds of generation, as one word")
    add("--encoders", nargs="*", default=[], help="frozen encoders of captions")
    add("--files", nargs="*", default=[], help="OPTION=PATH: files that are read late")
    return parser


def check_geometry(path: Path) -> None:
    """Refuse a file that holds no geometry of a clip.

    Args:
        path: YAML file.

    Raises:
        ValueError: If it holds something else.
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
        ValueError: If a key or argument is unknown, or a value is bad.
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
    """Refuse a folder that holds no trained part of that name.

    Args:
        part: Name of the part.
        folder: Experiment, or a part's folder of a converted system.

    Raises:
        ValueError: If it is another part's.
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
            "training has ended an epoch"
        )


def check_seeds(seeds: str) -> None:
    """Refuse seeds that are no whole numbers.

    Args:
        seeds: Seeds, separated by spaces.

    Raises:
        ValueError: If one is none.
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
