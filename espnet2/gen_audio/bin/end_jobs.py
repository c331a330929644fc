"""End the cluster jobs of a run of the recipe that ended with its machine.

A run ends its jobs itself, even if it is killed. Only if the machine on which it ran
went down do jobs go on; the next run calls this command before its first stage.
"""

import argparse
from collections.abc import Sequence

from espnet2.gen_audio.cli.command import one_line_errors
from espnet2.gen_audio.kaldi.cluster.run_array import end_left_jobs


def get_parser() -> argparse.ArgumentParser:
    """Return the parser of this command."""
    return argparse.ArgumentParser(description=__doc__)


@one_line_errors()
def main(cmd: Sequence[str] | None = None) -> None:
    """End the jobs.

    Args:
        cmd: Arguments; None takes those of the process.
    """
    get_parser().parse_args(cmd)
    ended = end_left_jobs()
    if ended:
        print(f"end_jobs: ended jobs of an earlier run: {' '.join(ended)}")


if __name__ == "__main__":
    main()
