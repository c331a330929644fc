"""Run a command as an array of jobs on a cluster, with the command line of run.pl.

    run_cluster_jobs slurm|sge|pbs|ssh [options] [JOB=1:n] <log> <command> ...

Options are those of conf/<back end>.conf, such as --gpu 1 and --mem 8G, and:

    --config FILE      rules of the options; default: conf/<back end>.conf
    --repeats N        how often failed jobs are run again, and only these; default: 1
                       for arrays, 0 for a single job

The jobs are ended when this command is, however that happens. Its status is 0 only if
every job succeeded; the last lines of failed logs are printed. With ssh, the variable
HOSTS_ASIDE may name a file of hosts that get no more jobs, which this command extends.
"""

import argparse
import functools
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from espnet2.gen_audio.cli.command import one_line_errors, setup_logging
from espnet2.gen_audio.cli.number_options import whole_number
from espnet2.gen_audio.kaldi.cluster.hosts import ASIDE, PROGRAM, Hosts
from espnet2.gen_audio.kaldi.cluster.job_folder import JobFolder
from espnet2.gen_audio.kaldi.cluster.rules import read_rules
from espnet2.gen_audio.kaldi.cluster.run_array import Backend, run_array
from espnet2.gen_audio.kaldi.cluster.schedulers import COMMANDS, Scheduler
from espnet2.gen_audio.kaldi.jobs import JobArray, parse_array
from espnet2.gen_audio.kaldi.lifetime import death_with_parent, guarded
from espnet2.gen_audio.kaldi.logged_process import log_tail

KINDS = (*COMMANDS, "ssh")
_SHOWN_LOGS = 3


def split_options(words: Sequence[str]) -> tuple[dict[str, str], list[str]]:
    """Split the options of a runner from what follows them.

    Args:
        words: ``--name value`` pairs, then other words.

    Returns:
        Values by name, with underscores in the names, and the other words.

    Raises:
        ValueError: If an option has no value.
    """
    options, rest = {}, list(words)
    while rest and rest[0].startswith("--"):
        name = rest.pop(0)
        if not rest:
            raise ValueError(f"option {name} needs a value")
        options[name[2:].replace("-", "_")] = rest.pop(0)
    return options, rest


def backend_of(kind: str, options: dict[str, str], array: JobArray) -> Backend:
    """Return what runs the jobs.

    Args:
        kind: ``slurm``, ``sge``, ``pbs`` or ``ssh``.
        options: Options of the request; ``config`` names another file of rules.
        array: The jobs, whose command names them unless ``name`` does.

    Returns:
        The back end.

    Raises:
        ValueError: If there is no such back end.
    """
    if kind not in KINDS:
        raise ValueError(f"'{kind}' is none of the back ends {', '.join(KINDS)}")
    path = Path(options.pop("config", f"conf/{kind}.conf"))
    if kind == "ssh":
        aside = os.environ.get(ASIDE)
        return Hosts(read_rules(path, PROGRAM), options, aside and Path(aside))
    program = COMMANDS[kind].submit[0]
    request = {"name": name_of(array), **options}
    return Scheduler(kind, read_rules(path, program), request)


def name_of(array: JobArray) -> str:
    """Return a name for jobs in a queue.

    Args:
        array: The jobs.

    Returns:
        The name of the module or program that they run.
    """
    words = array.command
    if "-m" in words[:-1]:
        return words[words.index("-m") + 1].rpartition(".")[2]
    return Path(words[0]).name


def _run(
    kind: str,
    options: dict[str, str],
    array: JobArray,
    lives: Callable[[], bool],
) -> int:
    word = options.pop("repeats", str(int(bool(array.name))))
    try:
        repeats = whole_number(0)(word)
    except argparse.ArgumentTypeError as error:
        raise ValueError(f"--repeats: {error}") from None
    backend = backend_of(kind, options, array)
    failed = run_array(backend, JobFolder(array), lives, repeats)
    for number in failed[:_SHOWN_LOGS]:
        log = array.log_of(number)
        print(f"--- end of {log}\n{log_tail(log)}", file=sys.stderr)
    if failed:
        print(
            f"run_cluster_jobs: error: {len(failed)} of {len(array.numbers)} jobs"
            f" failed; logs: {array.log}",
            file=sys.stderr,
        )
    return int(bool(failed))


@one_line_errors()
def main(cmd: Sequence[str] | None = None) -> None:
    """Run the jobs.

    Args:
        cmd: Arguments; None takes those of the process.

    Raises:
        SystemExit: With status 1 if a job failed.
    """
    words = list(sys.argv[1:] if cmd is None else cmd)
    if not words or words[0] in ("-h", "--help"):
        print(__doc__)
        raise SystemExit(0 if words else 2)
    setup_logging()
    kind, *words = words
    options, words = split_options(words)
    array = parse_array(words)
    dies_with_caller = death_with_parent()
    if dies_with_caller is not None:
        dies_with_caller()  # what guards the jobs notices it and ends them
    work = functools.partial(_run, kind, options, array)
    status = guarded(one_line_errors()(work))
    if status:
        raise SystemExit(status)


if __name__ == "__main__":
    main()
