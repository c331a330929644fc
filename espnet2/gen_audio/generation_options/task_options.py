"""Options of the task: kind, given sound, duration, and files of conditions."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from espnet2.gen_audio.cli.number_options import real_number
from espnet2.gen_audio.generation_options.checks import READS
from espnet2.gen_audio.pipeline.edit.audio_prompt import AudioPrompt
from espnet2.gen_audio.pipeline.edit.continuation import Continuation
from espnet2.gen_audio.pipeline.edit.cross_fade import FADE
from espnet2.gen_audio.pipeline.edit.inpainting import Inpainting
from espnet2.gen_audio.pipeline.edit.source import Source
from espnet2.gen_audio.pipeline.edit.style_transfer import StyleTransfer
from espnet2.gen_audio.pipeline.edit.super_resolution import SuperResolution
from espnet2.gen_audio.pipeline.lengths import LONGEST
from espnet2.gen_audio.pipeline.request import Task, TextToAudio

LONGEST_FADE = 60.0  # seconds of the longest cross-fade
SECONDS = real_number(above=0, most=LONGEST)  # reads a duration
TASKS = tuple(READS)
NEED_CAPTION = ("text_to_audio", "style_transfer")  # only it says what to generate


def add_task_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of tasks on a given sound.

    Args:
        parser: Parser to extend.
    """
    add = parser.add_argument
    add(
        "--task", choices=TASKS, default=TASKS[0], help="text to audio, or kind of edit"
    )
    add(
        "--seconds",
        type=SECONDS,
        help="duration; for continuation: duration of the new part",
    )
    add(
        "--strength",
        type=real_number(above=0, most=1),
        help="audio prompt: weight of its LOA (1); style transfer: fraction of the "
        "noise schedule (0.5)",
    )
    add(
        "--cut",
        type=real_number(above=0),
        help="super-resolution: end of the given band, in Hz",
    )
    add(
        "--fade",
        type=real_number(0, LONGEST_FADE),
        help="continuation and inpainting: seconds of cross-fade at a border "
        f"({FADE:g})",
    )
    add(
        "--loa_only",
        action="store_true",
        help="continuation: keep only the LOA of the given sound, not its latent",
    )


def add_condition_option(parser: argparse.ArgumentParser, form: str) -> None:
    """Add the option for conditions that the config of a model declares.

    Args:
        parser: Parser to extend.
        form: Form of the file, for the help.
    """
    parser.add_argument(
        "--condition",
        action="append",
        default=[],
        metavar="NAME=FILE",
        help=f"{form} of a condition that the config of the model declares; null if "
        "not given; may be repeated",
    )


def condition_files(args: argparse.Namespace) -> dict[str, Path]:
    """Return the files of ``--condition`` by name of the condition.

    Args:
        args: Options of the command.

    Returns:
        The files.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If a word is not ``NAME=FILE``, or a name occurs twice.
    """
    files: dict[str, Path] = {}
    for word in args.condition:
        name, _, file = word.partition("=")
        if not name.isidentifier() or not file or name in files:
            raise ValueError(
                f"--condition {word} is not NAME=FILE, one file per name; give for "
                "example --condition loudness=dump/condition/test/loudness.scp"
            )
        files[name] = Path(file)
        if not files[name].is_file():
            raise FileNotFoundError(
                f"--condition {word}: {file} does not exist; dump_condition writes it"
            )
    return files


def task_of(
    args: argparse.Namespace,
    source: Source | None,
    spans: Sequence[tuple[float, float]] = (),
) -> Task:
    """Return the task that the options name.

    Args:
        args: Options of the command.
        source: The given sound, if there is one.
        spans: Spans to generate, start and end in seconds.

    Returns:
        The task.

    Raises:
        ValueError: If a sound is missing, or given for a task that uses none.
    """
    if (source is None) != (args.task == "text_to_audio"):
        raise ValueError(
            f"--task {args.task} "
            + ("needs a given sound" if source is None else "uses no given sound")
        )
    strength = {} if args.strength is None else {"strength": args.strength}
    fade = FADE if args.fade is None else args.fade
    if args.task == "text_to_audio":
        return TextToAudio()
    if args.task == "audio_prompt":
        return AudioPrompt(source, **strength)
    if args.task == "continuation":
        return Continuation(source, not args.loa_only, fade)
    if args.task == "inpainting":
        return Inpainting(source, spans, fade)
    if args.task == "super_resolution":
        return SuperResolution(source, args.cut)
    return StyleTransfer(source, **strength)
