#!/usr/bin/env python3
"""Print the folder of a system of the model zoo, which is downloaded if necessary."""

import argparse

from espnet2.gen_audio.cli.command import one_line_errors, setup_logging
from espnet2.gen_audio.pipeline.load.converted import folder_of


@one_line_errors()
def main() -> None:
    """Print the folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tag", help="OWNER/NAME, or the address of an archive")
    args = parser.parse_args()
    setup_logging()
    print(folder_of(args.tag).resolve())


if __name__ == "__main__":
    main()
