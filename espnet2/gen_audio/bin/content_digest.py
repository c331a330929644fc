"""Write the digests of the sound files of a data folder.

One line per utterance: its id and the SHA-256 digest of its file. The names of
experiments depend on it, so that an edited sound file gives new experiments.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from espnet2.gen_audio.files.atomic_file import write_text
from espnet2.gen_audio.recipe.command import one_line_errors
from espnet2.gen_audio.recipe.step import ContentDigests, files_of_scp


def get_parser() -> argparse.ArgumentParser:
    """Return the parser of this command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--scp", type=Path, required=True, help="wav.scp of formatted sounds")
    add("--output", type=Path, required=True, help="file to write")
    add(
        "--cache",
        type=Path,
        help="digests known by inode, size and times; none are kept by default",
    )
    return parser


@one_line_errors()
def main(cmd: Sequence[str] | None = None) -> None:
    """Write the digests.

    Args:
        cmd: Arguments; None takes those of the process.

    Raises:
        ValueError: If a line lists no file.
    """
    args = get_parser().parse_args(cmd)
    digests = ContentDigests(args.cache or Path("no cache"))
    files = files_of_scp(args.scp)
    lines = [f"{name} {digests.of_file(files[name])}\n" for name in sorted(files)]
    if not lines:
        raise ValueError(f"{args.scp} lists no sound; run the earlier stages first")
    if args.cache:
        digests.save()
    write_text(args.output, "".join(lines))


if __name__ == "__main__":
    main()
