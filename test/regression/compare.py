"""Compare the results of two commits, made by ``store.py`` on one machine.

    python test/regression/compare.py BEFORE AFTER

Losses and weights may differ by 1e-6 of their size; sounds, LOA and dumped features not
at all. Prints a line for every entry that differs, and ends with status 1 if one does.
"""

import argparse
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from results import STRICT, Results, Tolerance, differences


def get_parser() -> argparse.ArgumentParser:
    """Return the parser of this script."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("before", type=Path, help="folder that store.py made")
    add("after", type=Path, help="another")
    add(
        "--numbers",
        type=float,
        default=STRICT.numbers,
        help="relative difference of losses and weights; default %(default)s",
    )
    add(
        "--sounds",
        type=float,
        default=STRICT.sounds,
        help="difference of samples and features relative to the peak; default 0: "
        "equal to the bit, above 0 a 16-bit sample may always differ by one",
    )
    add(
        "--exempt",
        type=re.compile,
        metavar="PATTERN",
        help="show differences of entries that match, but do not count them",
    )
    return parser


def main(cmd: Sequence[str] | None = None) -> int:
    """Compare.

    Args:
        cmd: Arguments; default: those of the command line.

    Returns:
        1 if an entry differs.
    """
    args = get_parser().parse_args(cmd)
    before, after = Results.load(args.before), Results.load(args.after)
    counted = 0
    for line in differences(before, after, Tolerance(args.numbers, args.sounds)):
        exempt = args.exempt is not None and args.exempt.search(line)
        counted += not exempt
        print(f"{'exempt: ' if exempt else ''}{line}")
    sizes = ", ".join(f"{len(table)} {name}" for name, table in before.tables())
    print(f"{counted} entries differ; compared: {sizes}")
    return int(counted > 0)


if __name__ == "__main__":
    sys.exit(main())
