"""Run one job of a file that ``submit_jobs`` wrote; the generated scripts call it."""

import argparse
import os
import select
import sys
from collections.abc import Sequence
from pathlib import Path

from espnet2.gen_audio.cli.command import one_line_errors
from espnet2.gen_audio.cli.number_options import whole_number
from espnet2.gen_audio.kaldi.cluster.job_folder import STARTED, run_job


def get_parser() -> argparse.ArgumentParser:
    """Return the parser of this command."""
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add(
        "--while_input_is_open",
        action="store_true",
        help="end the job at the end of standard input, when an ssh connection breaks",
    )
    add("--gpus", help="value of CUDA_VISIBLE_DEVICES; default: the scheduler's")
    add("file", type=Path, help="generated file of an array of jobs")
    add("number", type=whole_number(1), help="number of the job")
    return parser


def _input_is_open() -> bool:
    ready, _, _ = select.select([sys.stdin], [], [], 0)
    return not ready or os.read(sys.stdin.fileno(), 4096) != b""


@one_line_errors()
def main(cmd: Sequence[str] | None = None) -> None:
    """Run the job.

    Args:
        cmd: Arguments; None takes those of the process.

    Raises:
        SystemExit: With the status of the job.
    """
    args = get_parser().parse_args(cmd)
    if args.gpus is not None:
        os.environ["CUDA_VISIBLE_DEVICES"] = args.gpus
    if not args.while_input_is_open:
        raise SystemExit(run_job(args.file, args.number, lambda: True))
    print(STARTED, flush=True)
    raise SystemExit(run_job(args.file, args.number, _input_is_open))


if __name__ == "__main__":
    main()
