"""Run a command as an array of local jobs, with the command line of Kaldi's run.pl.

    run.pl [options] [JOB=1:n] <log file> <command> [<argument> ...]

The status is 0 only if every job succeeded; the last lines of failed logs are printed.
"""

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence

from espnet2.gen_audio.cli.command import one_line_errors
from espnet2.gen_audio.cli.number_options import whole_number
from espnet2.gen_audio.kaldi.jobs import parse_array, run_jobs
from espnet2.gen_audio.kaldi.lifetime import death_with_parent
from espnet2.gen_audio.kaldi.logged_process import log_tail

_SHOWN_LOGS = 3


def get_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(
        prog="run_jobs",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("--gpu", type=whole_number(0), default=0, help="GPUs of each job")
    add(
        "--max-jobs-run",
        type=whole_number(1),
        help="parallel jobs; default: the number of processors (or groups of GPUs)",
    )
    for name in ("mem", "num-threads", "time", "name", "config", "num-nodes"):
        both = {f"--{name}": 0, f"--{name.replace('-', '_')}": 0}
        add(*both, help="accepted without effect: jobs run on this machine")
    add("array", nargs=argparse.REMAINDER, help="[JOB=1:n] <log file> <command> ...")
    return parser


def gpu_groups(per_job: int) -> list[str]:
    """Return values of CUDA_VISIBLE_DEVICES, one per parallel job.

    Args:
        per_job: GPUs of each job.

    Returns:
        Disjoint groups, for example ``["0,1", "2,3"]``; empty for 0 GPUs per job.

    Raises:
        ValueError: If there are fewer GPUs than a job needs.
    """
    if per_job == 0:
        return []
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if visible is not None:
        names = [name.strip() for name in visible.split(",") if name.strip()]
    elif shutil.which("nvidia-smi"):
        query = ["nvidia-smi", "--query-gpu=index", "--format=csv,noheader"]
        answer = subprocess.run(query, capture_output=True, text=True, check=False)
        names = answer.stdout.split() if answer.returncode == 0 else []
    else:
        names = []
    if len(names) < per_job:
        raise ValueError(
            f"each job needs {per_job} GPU (--gpu), but {len(names)} are visible;"
            " use --gpu 0 to run on the processor"
        )
    ends = range(per_job, len(names) + 1, per_job)
    return [",".join(names[end - per_job : end]) for end in ends]


@one_line_errors()
def main(cmd: Sequence[str] | None = None) -> None:
    """Run the command.

    Args:
        cmd: Arguments; None takes those of the process.

    Raises:
        SystemExit: With status 1 if a job failed.
    """
    args = get_parser().parse_args(cmd)
    dies_with_caller = death_with_parent()
    if dies_with_caller is not None:
        dies_with_caller()  # jobs end with a killed recipe
    array = parse_array(args.array)
    gpus = gpu_groups(args.gpu)
    processors = len(os.sched_getaffinity(0))
    at_once = args.max_jobs_run or len(gpus) or processors
    failed = run_jobs(array, at_once, gpus)
    if not failed:
        return
    for number in failed[:_SHOWN_LOGS]:
        log = array.log_of(number)
        print(f"--- end of {log}\n{log_tail(log)}", file=sys.stderr)
    print(
        f"run_jobs: error: {len(failed)} of {len(array.numbers)} jobs failed; logs:"
        f" {array.log}",
        file=sys.stderr,
    )
    raise SystemExit(1)


if __name__ == "__main__":
    main()
