"""Train a student of a diffusion model; options: ESPnet's and those of its task."""

import argparse
from collections.abc import Sequence

from espnet2.gen_audio.cli.command import one_line_errors
from espnet2.gen_audio.tasks.ldm_student import LDMStudentTask


def get_parser() -> argparse.ArgumentParser:
    """Return the parser of the command."""
    return LDMStudentTask.get_parser()


@one_line_errors()
def main(cmd: Sequence[str] | None = None) -> None:
    """Run the training.

    Args:
        cmd: Arguments; default: those of the command line.
    """
    LDMStudentTask.main(cmd=cmd)


if __name__ == "__main__":
    main()
