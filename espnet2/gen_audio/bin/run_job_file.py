"""Run one job of a file that ``submit_jobs`` wrote; schedulers call it."""

import argparse
import os
from collections.abc import Sequence
from pathlib import Path

from espnet2.gen_audio.kaldi.submission import command_of_file
from espnet2.gen_audio.recipe.command import one_line_errors
from espnet2.gen_audio.recipe.number_options import whole_number


def get_parser() -> argparse.ArgumentParser:
    """Return the parser of this command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path, help="generated file of an array of jobs")
    parser.add_argument("number", type=whole_number(1), help="number of the job")
    return parser


@one_line_errors()
def main(cmd: Sequence[str] | None = None) -> None:
    """Replace this process by the job.

    Args:
        cmd: Arguments; None takes those of the process.
    """
    args = get_parser().parse_args(cmd)
    command = command_of_file(args.file, args.number)
    os.execvp(command[0], command)


if __name__ == "__main__":
    main()
