"""Options of the commands that generate: sampling, and the task.

Options that are not given have the values of the preset.
"""

import argparse
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from espnet2.gen_audio.accel.compiled_unet import (
    refuse_without_compiler,
    warn_if_not_faster,
)
from espnet2.gen_audio.diffusion.process.choices import scheduler_of_any
from espnet2.gen_audio.generation_options.checks import refuse_undecoded
from espnet2.gen_audio.pipeline.behaviour import BEHAVIOURS, behaviour_of
from espnet2.gen_audio.pipeline.edit.audio_prompt import AudioPrompt
from espnet2.gen_audio.pipeline.edit.continuation import Continuation
from espnet2.gen_audio.pipeline.edit.cross_fade import FADE
from espnet2.gen_audio.pipeline.edit.inpainting import Inpainting
from espnet2.gen_audio.pipeline.edit.source import Source
from espnet2.gen_audio.pipeline.edit.style_transfer import StyleTransfer
from espnet2.gen_audio.pipeline.edit.super_resolution import SuperResolution
from espnet2.gen_audio.pipeline.lengths import LONGEST
from espnet2.gen_audio.pipeline.options import (
    SAMPLERS,
    SamplingOptions,
    sampler,
)
from espnet2.gen_audio.pipeline.precision import DTYPES
from espnet2.gen_audio.pipeline.request import Task, TextToAudio
from espnet2.gen_audio.recipe.device import usable_device
from espnet2.gen_audio.recipe.number_options import THREADS, real_number, whole_number
from espnet2.gen_audio.sampling.sampler import refuse_request

LONGEST_FADE = 60.0  # seconds of the longest cross-fade
_COUNT, _FRACTION = whole_number(1), real_number(0, 1)
SECONDS = real_number(above=0, most=LONGEST)  # reads a duration
TASKS = (
    "text_to_audio",
    "audio_prompt",
    "continuation",
    "inpainting",
    "super_resolution",
    "style_transfer",
)

NEED_CAPTION = ("text_to_audio", "style_transfer")  # tasks without any other condition


def add_sampling_options(parser: argparse.ArgumentParser, preset: str) -> None:
    """Add the options of sampling.

    Args:
        parser: Parser to extend.
        preset: The default preset.
    """
    add = parser.add_argument
    add(
        "--preset",
        choices=list(SAMPLERS),
        default=preset,
        help="; ".join(f"{name}: {_words(o)}" for name, o in SAMPLERS.items()),
    )
    add("--scheduler", help="ddim, dpm++, average_velocity or a diffusers class")
    add("--steps", type=_COUNT, help="solver steps")
    add("--eta", type=_FRACTION, help="fraction of DDIM's noise, 0 to 1")
    add("--guidance_scale", type=real_number(0), help="guidance scale; 1: no guidance")
    add(
        "--guidance_interval",
        type=_FRACTION,
        nargs=2,
        metavar=("LOW", "HIGH"),
        help="guided part of the noise schedule; 0: clean, 1: noise",
    )
    add(
        "--guidance_rescale",
        type=_FRACTION,
        help="blend weight of the rescaled prediction, 0 to 1",
    )
    add("--reuse_every", type=_COUNT, help="steps per computation of deep features")
    add(
        "--compile",
        action="store_true",
        help="compile the U-Net (minutes at full size, then faster steps); one graph "
        "per duration, power of two of clips, and 32 tokens of text",
    )
    add("--negative_prompt", help="caption that guidance steers away from")
    add(
        "--behaviour",
        choices=list(BEHAVIOURS),
        default="ours",
        help="official: behave like the authors' program",
    )
    add(
        "--candidates",
        type=_COUNT,
        help="sounds to rank by CLAP; default: see --behaviour",
    )
    add("--dtype", choices=DTYPES, default="float32", help="precision of the networks")
    add("--num_threads", type=THREADS, default=1, help="CPU threads")
    add("--device", type=usable_device, default="cpu", help="cpu or cuda")


def _words(options: SamplingOptions) -> str:
    """Describe a preset, for the help."""
    if options.by_student:
        return f"{options.steps} passes of a student, if the system has one"
    return f"{options.scheduler} {options.steps} steps, eta {options.eta:g}"


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
        default=FADE,
        help="seconds of cross-fade at a border",
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


def options_of(args: argparse.Namespace, seed: int = 0) -> SamplingOptions:
    """Return the sampling options of a command, checked before any model is loaded.

    Args:
        args: Its options.
        seed: Seed of the noise.

    Returns:
        The options.

    Raises:
        ValueError: If the solver, its steps or its eta cannot be used, there is no
            compiler for ``--compile``, or the behaviour knows no negative prompt.
    """
    if args.compile:
        refuse_without_compiler()
        warn_if_not_faster(args.device)
    refuse_undecoded("--negative_prompt", args.negative_prompt)
    if args.negative_prompt is not None:
        with naming("negative_prompt"):
            behaviour_of(args.behaviour).refuse_negative(args.negative_prompt)
    interval = args.guidance_interval
    if interval is not None and interval[0] > interval[1]:
        raise ValueError(
            f"--guidance_interval: got {interval[0]:g} {interval[1]:g}; the first must "
            "not be above the second"
        )
    options = sampler(
        args.preset,
        scheduler=args.scheduler,
        steps=args.steps,
        eta=args.eta,
        guidance_scale=args.guidance_scale,
        guidance_interval=None if interval is None else tuple(interval),
        guidance_rescale=args.guidance_rescale,
        reuse_every=args.reuse_every,
        compiled=args.compile,
        negative_prompt=args.negative_prompt,
        seed=seed,
    )
    with naming("scheduler"):
        solver = scheduler_of_any(options.scheduler)
    with naming("steps"):
        refuse_request(solver, options.steps, 0.0)
    with naming("eta"):
        refuse_request(solver, options.steps, options.eta)
    return options


@contextmanager
def naming(option: str) -> Iterator[None]:
    """Put the name of an option before the message of a refusal.

    Args:
        option: Its name, without dashes.

    Yields:
        Nothing.

    Raises:
        ValueError: In place of one raised inside.
    """
    try:
        yield
    except ValueError as error:
        raise ValueError(f"--{option}: {error}") from error


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
    if args.task == "text_to_audio":
        return TextToAudio()
    if args.task == "audio_prompt":
        return AudioPrompt(source, **strength)
    if args.task == "continuation":
        return Continuation(source, not args.loa_only, args.fade)
    if args.task == "inpainting":
        return Inpainting(source, spans, args.fade)
    if args.task == "super_resolution":
        return SuperResolution(source, args.cut)
    return StyleTransfer(source, **strength)
