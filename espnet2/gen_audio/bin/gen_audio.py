"""Generate one sound file from a prompt or a given sound.

    espnet-gen-audio "a short kick drum" -o kick.wav
    espnet-gen-audio "a deep male voice" --transcript "one two" -o count.wav
    espnet-gen-audio "a dog barks" --model audioldm2-full -o dog.wav
    espnet-gen-audio "rain" --model full --task inpainting --source in.wav --span 2 4
    espnet-gen-audio --demo --model full

Tasks: text to audio, audio prompt (a sound similar to a given sound), continuation,
inpainting, super-resolution, style transfer. Tables of prompts: espnet2.gen_audio.bin.
gen_audio_inference. Without --model the small system of the repository is used,
egs2/audioldm2/starter; its README says what it was trained on.
"""

import argparse
import json
import logging
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import torch

from espnet2.gen_audio.cli.command import one_line_errors, setup_logging
from espnet2.gen_audio.cli.number_options import real_number, whole_number
from espnet2.gen_audio.generation_options.sampling_options import (
    add_sampling_options,
    options_of,
)
from espnet2.gen_audio.generation_options.single_request import (
    check,
    sounds_of,
    write,
)
from espnet2.gen_audio.generation_options.task_options import (
    add_condition_option,
    add_task_options,
)
from espnet2.gen_audio.pipeline.load.offers import refuse_unoffered
from espnet2.gen_audio.pipeline.load.starter import starter_folder
from espnet2.gen_audio.pipeline.text2audio import Text2Audio
from espnet2.gen_audio.sampling.sampler import progress_bar_on


def get_parser() -> argparse.ArgumentParser:
    """Return the parser of this command."""
    parser = argparse.ArgumentParser(
        prog="espnet-gen-audio",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add(
        "prompt",
        nargs="?",
        default="",
        help="caption of the sound; optional with a source",
    )
    text = "converted folder, packed archive or tag; default: that of the repository"
    add("--model", help=text)
    add("--output", "-o", type=Path, help="file to write, .wav or .flac")
    add("--source", type=Path, help="sound to edit")
    add(
        "--span",
        type=real_number(0),
        nargs=2,
        action="append",
        metavar=("START", "END"),
        help="inpainting: a span to generate, in seconds; may be repeated; the models "
        "make whole latent frames (40 ms), the rest of the sound stays to the sample",
    )
    add_condition_option(parser, ".npy file (positions, width)")
    add("--transcript", help="words of the speech, in ordinary spelling")
    add("--phonemes", help="phonemes of the speech, as the model reads them")
    add("--source_transcript", help="transcript of the source, for continuation")
    add("--seed", type=whole_number(), default=0, help="seed of the noise")
    add("--low_memory", action="store_true", help="load each part when it is needed")
    add("--json", action="store_true", help="print only one line of JSON")
    add(
        "--all",
        action="store_true",
        help="write all candidates, to FILE, FILE_2 and so on",
    )
    add(
        "--demo",
        action="store_true",
        help="open a page on this machine to try the system in a browser; what else is "
        "given is its start; needs Gradio (tools/setup_env.sh --demo)",
    )
    add("--port", type=whole_number(1, 65535), help="port of the page; 7860 or above")
    add_task_options(parser)
    add_sampling_options(parser, "balanced")
    return parser


def loaded(args: argparse.Namespace) -> Text2Audio:
    """Load the system of the options."""
    return Text2Audio.from_pretrained(
        args.model, args.behaviour, args.device, args.dtype, args.low_memory
    )


def use_starter(args: argparse.Namespace) -> None:
    """Name the system of the repository where none is named, and say so.

    Args:
        args: Options of the command, changed in place.

    Raises:
        FileNotFoundError: If the repository is not there.
    """
    if args.model is None:
        folder = starter_folder()
        args.model = str(folder)
        if not args.json:
            print(
                f"no --model is given: {folder} is used, a small system of effects, "
                "music and two synthetic voices",
                file=sys.stderr,
            )


def open_page(args: argparse.Namespace) -> None:
    """Serve the page of ``--demo`` until the command is interrupted.

    Args:
        args: Options of the command.

    Raises:
        ValueError: If Gradio is missing, or an option has no use for a page.
    """
    # here, so that other uses of the command do not wait for it
    from espnet2.gen_audio.demo.server import page_served, refuse_without_gradio
    from espnet2.gen_audio.demo.sound_maker import SoundMaker

    refuse_without_gradio()
    for option in ("output", "source", "span", "json", "all"):
        value = getattr(args, option)
        if value:
            raise ValueError(
                f"--{option} {value} was given, but --demo makes sounds of what is "
                "entered in the page; leave it out"
            )
    # refuses invalid options before a model is loaded
    refuse_unoffered(options_of(args, args.seed), args.model)
    torch.set_num_threads(args.num_threads)
    text2audio = loaded(args)
    with tempfile.TemporaryDirectory(prefix="gen_audio_demo_") as folder:
        maker = SoundMaker(text2audio, get_parser(), args, Path(folder))
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        with page_served(maker, args.port) as page, suppress(KeyboardInterrupt):
            print(f"{page.url} (this machine only; Ctrl-C ends it)", flush=True)
            page.wait()


@one_line_errors(status=2)
def main(cmd: Sequence[str] | None = None) -> None:
    """Generate one sound.

    Args:
        cmd: Arguments; default: those of the command line.
    """
    parser = get_parser()
    args = parser.parse_args(cmd)
    setup_logging("ERROR" if args.json else "WARNING")
    use_starter(args)
    if args.demo:
        open_page(args)
        return
    if args.output is None:
        parser.error("the following arguments are required: --output/-o")
    check(args)
    options = options_of(args, args.seed)
    torch.set_num_threads(args.num_threads)
    start = time.monotonic()
    refuse_unoffered(options, args.model)
    text2audio = loaded(args)
    loaded_at = time.monotonic()
    with progress_bar_on(None if args.json else sys.stderr):
        sounds = sounds_of(args, text2audio, options)
    written = write(args, text2audio.sample_rate, sounds)
    times = {"load_s": loaded_at - start, "make_s": time.monotonic() - loaded_at}
    if args.json:
        print(json.dumps({"sounds": written, "seed": args.seed, **times}))
        return
    for each in written:
        score = "" if each["clap"] is None else f", CLAP {each['clap']:.3f}"
        print(f"{each['file']}: {each['seconds']:g} s{score}")
    logging.debug("times: %s", times)
    print(f"loaded in {times['load_s']:.1f} s, made in {times['make_s']:.1f} s")


if __name__ == "__main__":
    main()
