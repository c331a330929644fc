"""Convert checkpoints: an official .pth, a diffusers folder, or a folder of ours.

Each tensor is matched by exactly one rule and checked by name and shape. The printed
table says what was found, what was left out, and why. Files are read as tensors only:
no code of a checkpoint is run.
"""

import argparse
import hashlib
import logging
import shutil
from collections.abc import Sequence
from pathlib import Path

import yaml

from espnet2.gen_audio.checkpoint.archive.folder import index_of, write_system
from espnet2.gen_audio.checkpoint.archive.packed import write_archive
from espnet2.gen_audio.checkpoint.archive.report_table import table
from espnet2.gen_audio.checkpoint.archive.system import NETS, System
from espnet2.gen_audio.checkpoint.detect import ACCEPTED, read_any
from espnet2.gen_audio.checkpoint.diffusers.export import write_diffusers
from espnet2.gen_audio.feats.clip import ClipGeometry
from espnet2.gen_audio.files.atomic_file import write_text
from espnet2.gen_audio.recipe.command import one_line_errors, setup_logging

FORMATS = ("safetensors", "diffusers", "espnet")
STAMP = "converted_from.yaml"  # in the output: what made it
ARCHIVE = "system.zip"
# what a tokenizer or a feature extractor consists of
_TOKENIZER_FILES = (
    "vocab.json",
    "merges.txt",
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "spiece.model",
    "preprocessor_config.json",
)


def get_parser() -> argparse.ArgumentParser:
    """Return the parser of this command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    add = parser.add_argument
    add("--input", type=Path, required=True, help=ACCEPTED)
    add("--output", type=Path, required=True, help="folder to make")
    add(
        "--format",
        choices=FORMATS,
        default="safetensors",
        help="safetensors: one folder per part, for the recipe and Text2Audio; "
        "diffusers: for AudioLDM2Pipeline; espnet: one packed archive",
    )
    add("--weights", choices=("raw", "ema"), default="raw", help="U-Net of a .pth")
    add("--geometry", type=Path, help="YAML of a clip; default: the published ones")
    add("--sentence_tokenizer", type=Path, help="folder of CLAP's tokenizer")
    add("--tokens_tokenizer", type=Path, help="folder of FLAN-T5's tokenizer")
    add(
        "--licence",
        action="append",
        default=[],
        metavar="PART=TEXT",
        help="terms of a part, in place of what its authors state; repeatable",
    )
    return parser


def add_tokenizer(system: System, name: str, folder: Path | None) -> None:
    """Give an encoder the tokenizer that a checkpoint does not hold.

    Args:
        system: Changed in place.
        name: Which encoder.
        folder: Where the files are; None adds nothing.

    Raises:
        ValueError: If the system has no such encoder, or the folder no such files.
    """
    if folder is None:
        return
    if name not in system.encoders:
        raise ValueError(
            f"{folder} was given for {name}, which the input does not have"
        )
    found = [folder / file for file in _TOKENIZER_FILES if (folder / file).is_file()]
    if not found:
        raise ValueError(
            f"{folder} holds no tokenizer; give the folder of tokenizer.json, "
            "vocab.json or spiece.model"
        )
    files = {path.name: path.read_bytes() for path in found}
    system.encoders[name].files.update(files)


def set_licences(system: System, given: Sequence[str]) -> None:
    """Replace what is said of the terms of parts.

    Args:
        system: Changed in place.
        given: ``part=text`` strings.

    Raises:
        ValueError: If a string is of another form or names no part of the system.
    """
    members = system.members()
    for text in given:
        name, equals, licence = text.partition("=")
        if not equals or name not in members:
            raise ValueError(
                f"--licence {text}: PART=TEXT is needed, PART one of "
                f"{', '.join(members) or 'nothing: the input has no part'}"
            )
        members[name].provenance["licence"] = licence


def write(system: System, output: Path, form: str) -> dict:
    """Write a system.

    Args:
        system: What was read.
        output: Folder; whole when the call returns.
        form: One of FORMATS.

    Returns:
        What system.yaml says, for the table.
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
    """Return what decides the output: the input's files and the options."""
    total = hashlib.sha256()
    files = [args.input] if args.input.is_file() else sorted(args.input.rglob("*"))
    for path in files:
        if path.is_file():
            status = path.stat()
            line = f"{path.name} {status.st_size} {status.st_mtime_ns}\n"
            total.update(line.encode())
    options = {k: str(v) for k, v in sorted(vars(args).items()) if k != "output"}
    return {"input": args.input.name, "files": total.hexdigest()} | {
        "options": hashlib.sha256(repr(options).encode()).hexdigest()
    }


def is_made(args: argparse.Namespace, mark: dict[str, str]) -> bool:
    """Tell whether the output is there already; refuse to write over anything else.

    Args:
        args: Options of the command.
        mark: As ``identity`` returns it.

    Returns:
        True if an earlier run made it of the same input with the same options.

    Raises:
        ValueError: If the output holds something else.
    """
    stamp = args.output / STAMP
    if stamp.is_file():
        if yaml.safe_load(stamp.read_text(encoding="utf-8")) == mark:
            return True
        raise ValueError(
            f"{args.output} was converted from something else, or with other options; "
            "give another --output, or remove it"
        )
    unfinished = args.output / f".{STAMP}.unfinished"
    if args.output.exists() and any(args.output.iterdir()) and not unfinished.exists():
        raise ValueError(
            f"{args.output} is not empty and was not made by this command; give "
            "another --output"
        )
    args.output.mkdir(parents=True, exist_ok=True)
    unfinished.touch()
    return False


@one_line_errors()
def main(cmd: Sequence[str] | None = None) -> None:
    """Convert.

    Args:
        cmd: Arguments; those of the command line when absent.

    Raises:
        FileNotFoundError: If there is no such input.
    """
    args = get_parser().parse_args(cmd)
    setup_logging()
    if not args.input.exists():
        raise FileNotFoundError(f"{args.input} does not exist; give {ACCEPTED}")
    geometry = None
    if args.geometry is not None:
        text = args.geometry.read_text(encoding="utf-8")
        geometry = ClipGeometry.from_dict(yaml.safe_load(text))
    mark = identity(args)
    if args.output.exists() and (args.output / STAMP).is_file() and is_made(args, mark):
        logging.info("%s is up to date", args.output)
        return
    logging.info("reading %s", args.input)
    system = read_any(args.input, args.weights, geometry)
    add_tokenizer(system, "sentence_encoder", args.sentence_tokenizer)
    add_tokenizer(system, "tokens_encoder", args.tokens_tokenizer)
    set_licences(system, args.licence)
    is_made(args, mark)
    logging.info("writing %s", args.output)
    index = write(system, args.output, args.format)
    write_text(args.output / STAMP, yaml.safe_dump(mark))
    (args.output / f".{STAMP}.unfinished").unlink()
    print(table(index))
    absent = [name for name in NETS if name not in index["parts"]]
    rest = f"absent: {', '.join(absent)}" if absent else "all nets are there"
    logging.info("%s is whole; %s", args.output, rest)


if __name__ == "__main__":
    main()
