"""Convert checkpoints: an official .pth, a diffusers folder, or a folder of ours.

Each tensor is matched by exactly one rule and checked by name and shape. The printed
table lists the parts that were found, and the tensors that were left out with the
reason. Files are read as tensors only: no code of a checkpoint is run.
"""

import argparse
import hashlib
import logging
import shutil
from collections.abc import Sequence
from pathlib import Path

from espnet2.gen_audio.checkpoint.archive.folder import index_of, write_system
from espnet2.gen_audio.checkpoint.archive.packed import write_archive
from espnet2.gen_audio.checkpoint.archive.report_table import table
from espnet2.gen_audio.checkpoint.archive.system import NETS, System
from espnet2.gen_audio.checkpoint.conversion_options import (
    ConversionOptions,
    add_conversion_options,
)
from espnet2.gen_audio.checkpoint.detect import ACCEPTED, read_any
from espnet2.gen_audio.checkpoint.diffusers.export import write_diffusers
from espnet2.gen_audio.cli.command import one_line_errors, setup_logging
from espnet2.gen_audio.files.atomic_file import write_text
from espnet2.gen_audio.files.plain_yaml import dump_yaml, read_yaml
from espnet2.gen_audio.recipe.content_digests import digest_of_file

FORMATS = ("safetensors", "diffusers", "espnet")
STAMP = "converted_from.yaml"  # file in the output that describes its input and options
UNFINISHED = f".{STAMP}.unfinished"  # file in the output while this command is writing
ARCHIVE = "system.zip"


def get_parser() -> argparse.ArgumentParser:
    """Return the parser of this command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    add = parser.add_argument
    add("--input", type=Path, required=True, help=ACCEPTED)
    add("--output", type=Path, required=True, help="folder or file to write")
    add(
        "--format",
        choices=FORMATS,
        default="safetensors",
        help="safetensors: one folder per part, for the recipe and Text2Audio; "
        "diffusers: for AudioLDM2Pipeline; espnet: one packed archive",
    )
    add_conversion_options(parser)
    return parser


def write(system: System, output: Path, form: str) -> dict:
    """Write a system.

    Args:
        system: The system.
        output: Folder; complete when the call returns.
        form: One of FORMATS.

    Returns:
        Contents of system.yaml, for the table.
    """
    if form == "safetensors":
        return write_system(system, output)
    if form == "diffusers":
        lacking = write_diffusers(system, output)
        if lacking:
            logging.warning(
                "%s holds parts and no whole AudioLDM2Pipeline: no %s",
                output,
                ", ".join(lacking),
            )
        return index_of(system)
    folder = output / "unpacked"
    index = write_system(system, folder)
    write_archive(folder, output / ARCHIVE)
    shutil.rmtree(folder)
    return index


def identity(args: argparse.Namespace) -> dict[str, str]:
    """Return files and options that determine the output."""
    total = hashlib.sha256()
    files = [args.input] if args.input.is_file() else sorted(args.input.rglob("*"))
    for path in files:
        if path.is_file():
            status = path.stat()
            line = f"{path.name} {status.st_size} {status.st_mtime_ns}\n"
            total.update(line.encode())
    options = {
        key: _content(value) if isinstance(value, Path) else str(value)
        for key, value in sorted(vars(args).items())
        if key not in ("input", "output")
    }
    return {
        "input": args.input.name,
        "files": total.hexdigest(),
        "options": hashlib.sha256(repr(options).encode()).hexdigest(),
    }


def _of_earlier_version(args: argparse.Namespace, mark: dict[str, str]) -> dict:
    """Return the mark of an earlier version, which named the files of options."""
    options = {
        key: str(value)
        for key, value in sorted(vars(args).items())
        if key != "output" and not (key.endswith("_copy") and value is None)
    }
    return mark | {"options": hashlib.sha256(repr(options).encode()).hexdigest()}


def _content(path: Path) -> str:
    """Return a digest of a small file, or of the files of a folder with their names."""
    files = [path] if path.is_file() else sorted(path.rglob("*"))
    found = [
        (
            file.name if path.is_file() else str(file.relative_to(path)),
            digest_of_file(file),
        )
        for file in files
        if file.is_file()
    ]
    return hashlib.sha256(repr(found).encode()).hexdigest()


def is_made(args: argparse.Namespace, mark: dict[str, str]) -> bool:
    """Tell whether the output is there already; refuse to write over anything else.

    Args:
        args: Options of the command.
        mark: Result of ``identity``.

    Returns:
        True if an earlier run made it from this input with these options.

    Raises:
        ValueError: If the output contains something else.
    """
    stamp = args.output / STAMP
    if stamp.is_file():
        if read_yaml(stamp) in (mark, _of_earlier_version(args, mark)):
            return True
        raise ValueError(
            f"{args.output} was converted from another input, or with other options; "
            "give another --output, or remove it"
        )
    begun = (args.output / UNFINISHED).exists()
    if args.output.exists() and any(args.output.iterdir()) and not begun:
        raise ValueError(
            f"{args.output} is not empty and was not made by this command; give "
            "another --output"
        )
    return False


@one_line_errors()
def main(cmd: Sequence[str] | None = None) -> None:
    """Convert.

    Args:
        cmd: Arguments; default: those of the command line.

    Raises:
        FileNotFoundError: If there is no such input.
    """
    args = get_parser().parse_args(cmd)
    setup_logging()
    if not args.input.exists():
        raise FileNotFoundError(f"{args.input} does not exist; give {ACCEPTED}")
    options, mark = ConversionOptions.of(args), identity(args)
    if is_made(args, mark):
        logging.info("%s is up to date", args.output)
        return
    logging.info("reading %s", args.input)
    system = read_any(args.input, options.weights, options.geometry, options.copies)
    options.apply(system)
    for line in options.unused(system):
        logging.warning("%s does not use %s", args.input, line)
    args.output.mkdir(parents=True, exist_ok=True)
    (args.output / UNFINISHED).touch()
    logging.info("writing %s", args.output)
    index = write(system, args.output, args.format)
    write_text(args.output / STAMP, dump_yaml(mark))
    (args.output / UNFINISHED).unlink()
    print(table(index))
    absent = [name for name in NETS if name not in index["parts"]]
    rest = f"absent: {', '.join(absent)}" if absent else "all nets are there"
    logging.info("%s is whole; %s", args.output, rest)


if __name__ == "__main__":
    main()
