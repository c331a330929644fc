"""Train GPT-2 and U-Net together; options are those of ESPnet and of JointTask."""

import argparse
from collections.abc import Sequence

from espnet2.gen_audio.cli.command import one_line_errors
from espnet2.gen_audio.tasks.joint import JointTask


def get_parser() -> argparse.ArgumentParser:
    """Return the parser of the command."""
    return JointTask.get_parser()


@one_line_errors()
def main(cmd: Sequence[str] | None = None) -> None:
    """Run the training.

    Args:
        cmd: Arguments; default: those of the command line.
    """
    JointTask.main(cmd=cmd)


if __name__ == "__main__":
    main()
