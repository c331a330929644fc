"""Train AudioMAE."""

import argparse
from collections.abc import Sequence

from espnet2.gen_audio.cli.command import one_line_errors
from espnet2.gen_audio.tasks.audiomae import AudioMAETask


def get_parser() -> argparse.ArgumentParser:
    """Return ESPnet's parser with the options of this part."""
    return AudioMAETask.get_parser()


@one_line_errors()
def main(cmd: Sequence[str] | None = None) -> None:
    """Run the training.

    Args:
        cmd: Arguments; None takes those of the process.
    """
    AudioMAETask.main(cmd=cmd)


if __name__ == "__main__":
    main()
