"""Options to score any folders of sounds, and the request that they state."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from espnet2.gen_audio.metrics.protocol.options_of_run import RunOptions, SpeechModels
from espnet2.gen_audio.metrics.protocol.run import SetRequest
from espnet2.gen_audio.metrics.protocol.sets import Part, SetTables


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
    add("--transcript", type=Path, help="what is said; adds the metrics of speech")
    add("--whisper", type=Path, help="folder of another Whisper for CTranslate2")
    text = "folder of an ESPnet ASR model; adds its WER and CER"
    add("--asr_model", type=Path, help=text)
    text = "score config of VERSA, where it is installed: adds its own metrics"
    add("--versa", type=Path, help=text)
    text = "run the commands that a wav.scp has in the place of files ('... |')"
    add("--run_pipes", action="store_true", help=text)
    text = "only encode the clips of one job of several, as JOB/4; then score without"
    add("--part", help=text)
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
    if args.part and args.compare:
        raise ValueError("--compare is for the run without --part; leave it out here")
    numbers = args.draws, args.seed, args.num_threads
    return SetRequest(
        SetTables(args.generated, args.reference, args.text, args.transcript),
        args.protocol,
        RunOptions(
            args.output_dir, *numbers, Part.of(args.part) if args.part else None
        ),
        args.encoders,
        args.compare or (),
        SpeechModels(args.whisper, args.asr_model),
        args.run_pipes,
        args.versa,
    )
