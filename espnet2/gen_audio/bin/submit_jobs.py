"""Run a command as an array of jobs, on this machine or by a scheduler's script.

    submit_jobs --runner "slurm.pl --mem 8G" [JOB=1:n] <log> <command> [<argument> ...]

The runner is a variable of cmd.sh. ``run.pl`` runs the jobs here; any other script gets
the name of a generated file instead of the command.
"""

import argparse
import os
import shlex
from collections.abc import Sequence

from espnet2.gen_audio.kaldi.jobs import parse_array
from espnet2.gen_audio.kaldi.submission import submit
from espnet2.gen_audio.recipe.command import one_line_errors

LOCAL = "run.pl"
READER = ("python3", "-m", "espnet2.gen_audio.bin.run_job_file")


def get_parser() -> argparse.ArgumentParser:
    """Return the parser of this command."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--runner", default=LOCAL, help="script and its options")
    parser.add_argument(
        "array", nargs=argparse.REMAINDER, help="[JOB=1:n] <log file> <command> ..."
    )
    return parser


@one_line_errors()
def main(cmd: Sequence[str] | None = None) -> None:
    """Run the jobs.

    Args:
        cmd: Arguments; None takes those of the process.

    Raises:
        SystemExit: With the status of the runner.
        ValueError: If the runner is empty.
    """
    args = get_parser().parse_args(cmd)
    runner = shlex.split(args.runner)
    if not runner:
        raise ValueError(
            f"--runner {args.runner!r} names no script; use run.pl, or the scheduler's "
            "in cmd.sh"
        )
    if os.path.basename(runner[0]) == LOCAL:
        os.execvp(runner[0], [*runner, *args.array])  # keeps signals and the lock
    else:
        raise SystemExit(submit(runner, parse_array(args.array), READER))


if __name__ == "__main__":
    main()
