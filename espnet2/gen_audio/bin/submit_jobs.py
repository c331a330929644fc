"""Run a command as an array of jobs, on this machine or on a cluster.

    submit_jobs --runner "slurm.pl --mem 8G" [JOB=1:n] <log> <command> [<argument> ...]

The runner is a variable of cmd.sh. ``run.pl`` runs the jobs here; slurm.pl, queue.pl,
pbs.pl and ssh.pl are those of the recipe's utils/. A runner with a folder in its name
is a script of Kaldi's form from elsewhere; it gets the name of a generated script.
"""

import argparse
import os
import shlex
from collections.abc import Sequence

from espnet2.gen_audio.bin import run_cluster_jobs, run_jobs
from espnet2.gen_audio.cli.command import one_line_errors
from espnet2.gen_audio.kaldi.jobs import parse_array
from espnet2.gen_audio.kaldi.logged_process import ended_well
from espnet2.gen_audio.kaldi.submission import submit

LOCAL = "run.pl"
OWN = {"slurm.pl": "slurm", "queue.pl": "sge", "pbs.pl": "pbs", "ssh.pl": "ssh"}


def get_parser() -> argparse.ArgumentParser:
    """Return the parser of this command."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--runner", default=LOCAL, help="script and its options")
    parser.add_argument(
        "--skip_done",
        action="store_true",
        help="leave out jobs whose logs say that they succeeded",
    )
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
    array = parse_array(args.array)
    if args.skip_done:
        array = array.only(
            [n for n in array.numbers if not ended_well(array.log_of(n))]
        )
        if not array.numbers:
            return
    if os.path.basename(runner[0]) == LOCAL:
        run_jobs.main([*runner[1:], *array.words()])
    elif runner[0] in OWN:
        run_cluster_jobs.main([OWN[runner[0]], *runner[1:], *array.words()])
    else:
        raise SystemExit(submit(runner, array))


if __name__ == "__main__":
    main()
