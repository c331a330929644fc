"""Options of sampling, of all commands that generate.

Options that are not given have the values of the preset.
"""

import argparse
from collections.abc import Iterator
from contextlib import contextmanager

from espnet2.gen_audio.accel.compiled_unet import (
    refuse_without_compiler,
    warn_if_not_faster,
)
from espnet2.gen_audio.cli.device import usable_device
from espnet2.gen_audio.cli.number_options import THREADS, real_number, whole_number
from espnet2.gen_audio.diffusion.process.choices import scheduler_of_any
from espnet2.gen_audio.generation_options.checks import refuse_undecoded
from espnet2.gen_audio.pipeline.behaviour import BEHAVIOURS, behaviour_of
from espnet2.gen_audio.pipeline.options import (
    SAMPLERS,
    SamplingOptions,
    preset_options,
)
from espnet2.gen_audio.pipeline.precision import DTYPES
from espnet2.gen_audio.sampling.sampler import refuse_request

_COUNT, _FRACTION = whole_number(1), real_number(0, 1)


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
    add(
        "--reuse_every",
        type=_COUNT,
        help="compute deep features at every N-th step only (1: exact)",
    )
    add(
        "--compile",
        action="store_true",
        help="compile the U-Net (minutes at full size, then faster steps); anew "
        "for each duration, batch size rounded up to a power of two, and 32 tokens",
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
        help="sounds to rank by CLAP; default: 1, official 3",
    )
    add("--dtype", choices=DTYPES, default="float32", help="precision of the networks")
    add("--num_threads", type=THREADS, default=1, help="CPU threads")
    add("--device", type=usable_device, default="cpu", help="cpu or cuda")


def _words(options: SamplingOptions) -> str:
    """Describe a preset, for the help."""
    if options.by_student:
        return f"{options.steps} passes of a student, if the system has one"
    return f"{options.scheduler} {options.steps} steps, eta {options.eta:g}"


def options_of(args: argparse.Namespace, seed: int = 0) -> SamplingOptions:
    """Return the sampling options of a command, checked before any model is loaded.

    Args:
        args: Its options.
        seed: Seed of the noise.

    Returns:
        The options.

    Raises:
        ValueError: If the solver, its steps or its eta cannot be used, there is no
            compiler for ``--compile``, the behaviour knows no negative prompt, or
            there is no guidance that leads away from it.
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
    options = preset_options(
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
    if args.negative_prompt is not None and options.guidance_scale == 1.0:
        raise ValueError(
            f"--negative_prompt: got {args.negative_prompt!r}, which has no effect "
            "without guidance (--guidance_scale 1); give a scale above 1"
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
