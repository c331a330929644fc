"""Options to score any folders of sounds, and the request that they state."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from espnet2.gen_audio.metrics.protocol.run import SetRequest
from espnet2.gen_audio.metrics.protocol.scoring import RunOptions


def add_set_options(parser: ArgumentParser) -> None:
    """Add the options of sets, protocol and comparison.

    Args:
        parser: Parser of the command, which has ``--output_dir``, ``--draws``,
            ``--seed`` and ``--num_threads`` of its own.
    """
    add = parser.add_argument_group("anybody's sounds").add_argument
    add("--generated", nargs="+", help="[name[@seed]=]wav.scp of each generated set")
    add("--reference", type=Path, help="wav.scp of the recordings")
    add("--text", type=Path, help="captions, for CLAP scores")
    add("--protocol", default="offline", help="name of a file in conf/score, or a path")
    add(
        "--encoders",
        nargs="*",
        default=[],
        help="file or folder with the weights of an encoder, as NAME=PATH",
    )
    add(
        "--compare",
        nargs=2,
        metavar=("A", "B"),
        help="names of two generated sets: print paired differences A minus B",
    )


def request_of(args: Namespace) -> SetRequest:
    """Return what the options ask for.

    Args:
        args: Options of the command.

    Returns:
        The request.

    Raises:
        ValueError: If an option is missing.
    """
    for option in ("generated", "reference", "output_dir"):
        if not getattr(args, option):
            raise ValueError(
                f"--{option} must be given with --generated and --reference"
            )
    options = RunOptions(args.output_dir, args.draws, args.seed, args.num_threads)
    return SetRequest(
        args.generated,
        args.reference,
        args.protocol,
        options,
        args.text,
        args.encoders,
        args.compare or (),
    )
