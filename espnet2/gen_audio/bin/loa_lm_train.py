"""Train the LOA language model; options are those of ESPnet and of LOALMTask."""

import argparse
from collections.abc import Sequence

from espnet2.gen_audio.cli.command import one_line_errors
from espnet2.gen_audio.tasks.loa_lm import LOALMTask


def get_parser() -> argparse.ArgumentParser:
    """Return ESPnet's parser with the options of this part."""
    return LOALMTask.get_parser()


@one_line_errors()
def main(cmd: Sequence[str] | None = None) -> None:
    """Run the training.

    Args:
        cmd: Arguments; default: those of the command line.
    """
    LOALMTask.main(cmd=cmd)


if __name__ == "__main__":
    main()
