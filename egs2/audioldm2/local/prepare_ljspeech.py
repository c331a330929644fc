#!/usr/bin/env python3
"""Turn LJSpeech into the three tables of the recipe.

Source: https://keithito.com/LJ-Speech-Dataset, version 1.1. One woman reads seven
books. Licence: public domain. Size: 13 100 clips of 1 to 10 s, 24 hours, 22 050 Hz,
mono; 2.7 GB packed, 3.8 GB unpacked. Layout on disk:

    LJSpeech-1.1/metadata.csv       <id>|<as printed>|<numbers and titles spelt out>
    LJSpeech-1.1/wavs/<id>.wav

The quotation marks in metadata.csv belong to the text: a reader of csv files that takes
them for delimiters joins lines. The transcript is the third column, or the second
column if the third is empty. The sets are those of ESPnet's recipe ljspeech/tts1: in
the order of ids, the last 250 clips are the test set (eval1), the 250 clips before them
the validation set (dev), and all others the training set. All clips have the same
caption (--caption), which describes the speaker.

This script writes <output_dir>/{train,valid,test}.tsv. Clips that cannot be used are
left out and reported with file, line and id. The sets are split before clips are left
out: a missing clip moves no other clip into another set.
"""

import argparse
import logging
from collections.abc import Sequence
from pathlib import Path

from espnet2.gen_audio.cli.command import one_line_errors, setup_logging
from espnet2.gen_audio.files.clip_table import TableRow
from espnet2.gen_audio.files.clip_table_writer import write_table

FOLDER = "LJSpeech-1.1"
CAPTION = "a female reader speaks calmly and clearly, as in an audiobook"
SPEAKER = "LJ"
HELD_OUT = 250  # number of clips in the validation set, and in the test set


def get_parser() -> argparse.ArgumentParser:
    """Return the parser of this command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--corpus", type=Path, required=True, help=f"{FOLDER}, or the folder above it")
    add("--output_dir", type=Path, required=True, help="folder for the three tables")
    add("--caption", default=CAPTION, help=f"caption of all clips; default: {CAPTION}")
    add(
        "--held_out",
        type=int,
        default=HELD_OUT,
        help="number of clips in the validation set, and in the test set",
    )
    return parser


def find_corpus(folder: Path) -> Path:
    """Return the folder that holds metadata.csv.

    Args:
        folder: The folder of the corpus, or the folder above it.

    Returns:
        The folder of the corpus.

    Raises:
        FileNotFoundError: If neither folder has a metadata.csv.
    """
    for place in (folder, folder / FOLDER):
        if (place / "metadata.csv").is_file():
            return place
    raise FileNotFoundError(
        f"there is no metadata.csv in {folder} or {folder / FOLDER}; unpack "
        "LJSpeech-1.1.tar.bz2 and set LJSPEECH in db.sh to the unpacked folder"
    )


def read_metadata(corpus: Path, caption: str) -> tuple[list[str], dict[str, TableRow]]:
    """Read the lines of metadata.csv.

    Args:
        corpus: Folder of the corpus.
        caption: Caption of every clip.

    Returns:
        All ids in order, and the rows of the clips that can be used.

    Raises:
        ValueError: If the file is not UTF-8.
    """
    path = corpus / "metadata.csv"
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is not UTF-8 ({error.reason}); unpack it again")
    rows: dict[str, TableRow] = {}
    ids: dict[str, int] = {}
    # splitlines() would also split at rare separator characters within a text
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        name, *columns = [cell.strip() for cell in line.split("|")]
        try:
            if name in ids:
                raise ValueError(f"line {ids[name]} has the same id already; left out")
            ids[name] = number
            rows[name] = _row_of(corpus, name, columns, caption)
        except ValueError as error:
            logging.warning("%s, line %d, id %s: %s", path, number, name, error)
    return sorted(ids), rows


def _row_of(corpus: Path, name: str, columns: list[str], caption: str) -> TableRow:
    if len(columns) != 2:
        raise ValueError(f"the line has {len(columns) + 1} columns, not 3; left out")
    transcript = columns[1] or columns[0]
    if not transcript:
        raise ValueError("the clip has no transcript; left out")
    audio = corpus / "wavs" / f"{name}.wav"
    if not audio.is_file():
        raise ValueError(f"there is no {audio}; left out")
    return TableRow(name, audio, caption, transcript, speaker=SPEAKER)


def split(ids: Sequence[str], held_out: int) -> dict[str, Sequence[str]]:
    """Split the corpus into sets as ESPnet's recipe does.

    Args:
        ids: Sorted ids of the corpus.
        held_out: Number of clips in the validation set, and in the test set.

    Returns:
        Ids by name of the set.

    Raises:
        ValueError: If no clip is left for training.
    """
    rest = len(ids) - 2 * held_out
    if held_out < 1 or rest < 1:
        raise ValueError(
            f"{len(ids)} clips cannot be split with {held_out} each for valid and "
            "test; give a --held_out of at least 1 and less than half of the clips"
        )
    return {
        "train": ids[:rest],
        "valid": ids[rest : rest + held_out],
        "test": ids[rest + held_out :],
    }


@one_line_errors()
def main(cmd: Sequence[str] | None = None) -> None:
    """Write the tables."""
    args = get_parser().parse_args(cmd)
    setup_logging()
    ids, rows = read_metadata(find_corpus(args.corpus), args.caption)
    sets = split(ids, args.held_out)
    for name, members in sets.items():
        if not any(key in rows for key in members):
            raise ValueError(f"none of the {len(members)} {name} clips can be used")
    for name, members in sets.items():
        path = args.output_dir / f"{name}.tsv"
        count = write_table(path, (rows[key] for key in members if key in rows))
        logging.info("%d of %d clips in %s", count, len(members), path)


if __name__ == "__main__":
    main()
