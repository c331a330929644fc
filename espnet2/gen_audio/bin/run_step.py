"""Run one step of the recipe, unless it is up to date.

A step is up to date if its command, the content of its input and the content of its
output have not changed since its last completed run. It is then not run, and 'up to
date' is printed. The exit status is that of the command.
"""

import argparse
import logging
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from espnet2.gen_audio.cli.command import one_line_errors, setup_logging
from espnet2.gen_audio.recipe.content_digests import ContentDigests
from espnet2.gen_audio.recipe.step import Step


def get_parser() -> argparse.ArgumentParser:
    """Return the parser of this command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    add = parser.add_argument
    add("--name", required=True, help="name of the step in messages")
    add("--stamp_dir", type=Path, default=Path("exp/.stamps"), help="folder of stamps")
    add("--reads", type=Path, nargs="*", default=[], help="input files and folders")
    add(
        "--writes", type=Path, nargs="+", required=True, help="output files and folders"
    )
    add(
        "--code",
        nargs="*",
        default=[],
        help="files and folders of the package whose code decides the result",
    )
    add("--force", action="store_true", help="run the step even if it is up to date")
    add("command", nargs="+", help="the command, after '--'")
    return parser


def run(step: Step, forced: bool, wanted: str = "") -> int:
    """Run a step's command and return its exit status.

    Args:
        step: The step.
        forced: Whether a complete result is to be made again; the command gets it in
            the environment variable ``STEP_FORCED``.
        wanted: Digest of the command and its input; the command gets it in the
            environment variable ``STEP_READS``.

    Returns:
        The exit status, 0 for success.
    """
    # imported here, since most steps are up to date
    import subprocess

    from espnet2.gen_audio.kaldi.lifetime import death_with_parent

    environment = dict(os.environ, STEP_FORCED="1" if forced else "", STEP_READS=wanted)
    dies_with_us = death_with_parent()
    if dies_with_us is not None:
        dies_with_us()  # steps end with a killed recipe
    # open files are inherited: a child that outlives this process keeps the recipe's
    # lock
    return subprocess.run(
        step.command,
        env=environment,
        check=False,
        close_fds=False,
        preexec_fn=dies_with_us,
    ).returncode


@one_line_errors()
def main(cmd: Sequence[str] | None = None) -> None:
    """Run the step given on the command line."""
    args = get_parser().parse_args(cmd)
    setup_logging()
    step = Step(args.name, args.command, args.reads, args.writes, args.code)
    digests = ContentDigests(args.stamp_dir / "digests.json")
    wanted = step.wanted(digests)
    forced = args.force or os.environ.get("GEN_AUDIO_FORCE") == "true"
    place = ", ".join(str(path) for path in args.writes)
    if not forced and step.is_done(args.stamp_dir, wanted, digests):
        logging.info("%s: up to date (%s)", step.name, place)
        digests.save()
        return
    if step.has_other_code(args.stamp_dir, wanted):
        logging.info(
            "%s: the code in %s is not that which made %s: it is made anew",
            step.name,
            ", ".join(step.code),
            place,
        )
    logging.info("%s: started", step.name)
    start = time.monotonic()
    step.stamp(args.stamp_dir).unlink(missing_ok=True)
    status = run(step, forced, wanted)
    seconds = time.monotonic() - start
    if status:
        logging.error("%s: failed with status %d", step.name, status)
        sys.exit(status if status > 0 else 1)
    step.mark_done(args.stamp_dir, wanted, digests)
    digests.save()
    logging.info("%s: done in %.0f s; see %s", step.name, seconds, place)


if __name__ == "__main__":
    main()
