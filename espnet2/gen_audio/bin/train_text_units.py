"""Train sentencepiece units on the captions of a training set.

Writes units.model (for --units_model of the training commands) and tokens.txt, one unit
per line in the order of the ids. Equal captions give equal files. Of clips with several
captions (utt2captions beside the text) all captions are read.
"""

import argparse
import logging
from collections.abc import Sequence
from pathlib import Path

from espnet2.gen_audio.cli.command import one_line_errors, setup_logging
from espnet2.gen_audio.cli.number_options import whole_number
from espnet2.gen_audio.files.atomic_file import atomic_path, write_text
from espnet2.gen_audio.files.keyed_text import read_keyed
from espnet2.gen_audio.kaldi.several_captions import further_captions
from espnet2.gen_audio.text.caption_units import UNITS_FILE, TextUnits, train_units


def get_parser() -> argparse.ArgumentParser:
    """Return the parser of the command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    add = parser.add_argument
    add("--text", type=Path, required=True, help="Kaldi text: '<id> <caption>'")
    add("--output_dir", type=Path, required=True, help="folder for units.model")
    add(
        "--num_units", type=whole_number(1), default=500, help="largest number of units"
    )
    return parser


@one_line_errors()
def main(cmd: Sequence[str] | None = None) -> None:
    """Run the command.

    Args:
        cmd: Arguments; default: those of the command line.
    """
    args = get_parser().parse_args(cmd)
    setup_logging()
    captions = list(read_keyed(args.text).values())
    captions += further_captions(args.text.parent).values()
    units = TextUnits(train_units(captions, args.num_units))
    with atomic_path(args.output_dir / UNITS_FILE) as path:
        path.write_bytes(units.model)
    write_text(args.output_dir / "tokens.txt", "\n".join(units.pieces()) + "\n")
    logging.info("train_text_units: %d units in %s", len(units), args.output_dir)


if __name__ == "__main__":
    main()
