"""Time and memory of text to audio, compared with diffusers' AudioLDM2Pipeline.

Both use the same random weights of published sizes, which are stored once. The parts of
both are timed alternately after a warm-up, the U-Net in windows of five steps; totals
are derived from the medians and marked as derived. All parts together take under 15
minutes on two CPU cores; --full also generates whole sounds with all steps. --parts
few_passes makes whole sounds in one pass and in two of a student, with a light VAE and
vocos. --parts train measures a training step from dumped features beside one that runs
the frozen encoders (10 GB at full size); it is not among 'all'.
"""

import argparse
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

import torch

from espnet2.gen_audio.accel.allocator import cache_freed_blocks
from espnet2.gen_audio.accel.compiled_unet import refuse_without_compiler
from espnet2.gen_audio.bench.equal_jobs import JOBS, binding, unet
from espnet2.gen_audio.bench.few_passes import measure_few_passes, open_light
from espnet2.gen_audio.bench.memory import SYSTEMS, measure
from espnet2.gen_audio.bench.pair import Pair, open_pair
from espnet2.gen_audio.bench.peak_speed import achieved, ceilings
from espnet2.gen_audio.bench.picture import draw
from espnet2.gen_audio.bench.prompts import PROMPT
from espnet2.gen_audio.bench.random_models import SIZES, prepare
from espnet2.gen_audio.bench.report import Results, machine
from espnet2.gen_audio.bench.timing import compare, seconds_of, single
from espnet2.gen_audio.bench.training_step import measure_training
from espnet2.gen_audio.bench.whole_sounds import whole
from espnet2.gen_audio.cli.command import one_line_errors, setup_logging
from espnet2.gen_audio.cli.device import usable_device
from espnet2.gen_audio.cli.number_options import THREADS, whole_number
from espnet2.gen_audio.files.atomic_file import write_json
from espnet2.gen_audio.old_names import with_new_words
from espnet2.gen_audio.pipeline.options import QUICK, SAMPLERS
from espnet2.gen_audio.pipeline.precision import DTYPES, dtype_of

FEW = "few_passes"  # whole sounds by a student and light decoders


def get_parser() -> argparse.ArgumentParser:
    """Return the parser of this command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    add = parser.add_argument
    add("--baseline", choices=("diffusers",), default="diffusers", help="other system")
    add("--output", type=Path, required=True, help="JSON file; a picture is beside it")
    add(
        "--folder",
        type=Path,
        default=Path(tempfile.gettempdir()) / "gen_audio_bench",
        help="folder of the random weights, 9 GB at full size",
    )
    add("--size", choices=list(SIZES), default="full", help="widths of the networks")
    choices = [*JOBS, FEW, "memory", "train", "all"]
    add("--parts", nargs="+", choices=choices, default=["all"], help="parts to measure")
    text = "LOA tokens: 8 for sounds, 512 for speech"
    add("--tokens", type=whole_number(1), default=8, help=text)
    add("--batch", type=whole_number(1), default=1, help="clips per batch")
    add(
        "--rounds",
        type=whole_number(1),
        default=5,
        help="smallest number of rounds per part",
    )
    add("--threads", type=THREADS, default=os.cpu_count(), help="CPU threads")
    dtype = {"choices": DTYPES, "default": "float32"}
    add("--dtype", **dtype, help="precision of our system")
    add("--baseline_dtype", **dtype, help="precision of the baseline")
    add(
        "--device",
        type=usable_device,
        default="cpu",
        help="cpu or cuda; peak memory is always measured on the CPU",
    )
    systems = {"nargs": "+", "choices": list(SYSTEMS), "default": list(SYSTEMS)}
    add("--memory_systems", **systems, help="systems whose memory is measured")
    add("--compile", action="store_true", help="also time our compiled U-Net")
    add("--full", action="store_true", help="also generate a whole sound with each")
    add(
        "--steps",
        type=whole_number(1),
        default=200,
        help="solver steps of whole sounds",
    )
    return parser


def check(args: argparse.Namespace) -> None:
    """Refuse invalid options before weights are made.

    Args:
        args: Options of the command.

    Raises:
        ValueError: If a name is not valid.
    """
    if args.output.suffix != ".json":
        raise ValueError(
            f"--output {args.output} must end in .json; the picture beside it ends in "
            ".png"
        )
    if args.compile:
        refuse_without_compiler()


@torch.inference_mode()
def time_parts(results: Results, args: argparse.Namespace, pair: Pair) -> None:
    """Time the chosen parts.

    Args:
        results: Results, changed in place.
        args: Options of the command.
        pair: Both systems.
    """
    rows = results.rows
    cache_freed_blocks()  # as in generation
    for name in JOBS if "all" in args.parts else args.parts:
        for make in JOBS.get(name, ()):
            job = make(pair)
            rows.append(compare(job, args.rounds))
        if name == "unet":
            results.binding_s = seconds_of(binding(pair))
            results.unet_speed = achieved(rows[-1], job.ours, job.baseline)
            geometry = pair.ours.specification.geometry
            shape = (2 * args.batch, geometry.latent_frames, geometry.latent_bins)
            for dtype in dict.fromkeys((args.dtype, args.baseline_dtype)):
                number = dtype_of(dtype)
                plain = ceilings(SIZES[args.size].unet, shape, number, args.device)
                results.ceilings |= plain
            if args.compile:
                job = unet(pair, compiled=True)
                results.compile_s = seconds_of(job.ours)
                rows.append(compare(job, args.rounds))
    if args.full:
        rows.append(single(whole(pair, args.steps)))


def run(args: argparse.Namespace) -> Results:
    """Measure.

    Args:
        args: Options of the command.

    Returns:
        The results.
    """
    options = {k: str(v) if isinstance(v, Path) else v for k, v in vars(args).items()}
    results = Results({"options": options, "prompt": PROMPT} | machine())
    solvers = [each for each in SAMPLERS.values() if not each.by_student]
    results.steps = [options.steps for options in solvers]
    if "train" in args.parts:
        results.training = measure_training(SIZES[args.size], args.batch, args.rounds)
        if not (args.full or set(args.parts) - {"train"}):
            return results
    folders = prepare(args.folder, args.size)
    if args.full or set(args.parts) - {"memory", "train", FEW}:
        dtypes = (args.dtype, args.baseline_dtype)
        pair = open_pair(folders, args.batch, args.tokens, dtypes, args.device)
        results.setup["prompt_tokens"] = pair.prompt_lengths()
        time_parts(results, args, pair)
        del pair
    if {"all", FEW} & set(args.parts):
        light = open_light(folders[1], dtype_of(args.dtype), args.device)
        results.few_passes = measure_few_passes(light, QUICK, args.batch, args.rounds)
        del light
    if {"all", "memory"} & set(args.parts):
        wanted = args.memory_systems
        results.peaks = [measure(name, folders, args.threads) for name in wanted]
    return results


@one_line_errors(status=2)
def main(cmd: Sequence[str] | None = None) -> None:
    """Measure, print and write.

    Args:
        cmd: Arguments; default: those of the command line.
    """
    setup_logging()
    args = get_parser().parse_args(with_new_words("bench", cmd))
    check(args)
    torch.set_num_threads(args.threads)
    results = run(args)
    write_json(args.output, results.to_dict())
    print("\n".join(results.lines()))
    if set(args.parts) == {"train"} and not args.full:
        return
    lengths = results.setup.get("prompt_tokens", {})
    counted = ", ".join(f"{count} {name}" for name, count in lengths.items())
    print(
        f"prompt tokens: {counted or '-'}; LOA tokens: {args.tokens}; threads: ", end=""
    )
    print(f"{args.threads}; batch: {args.batch}; ", end="")
    print(f"{args.dtype} beside {args.baseline_dtype}")
    draw(results.rows, results.peaks, args.output.with_suffix(".png"))
    print(f"written: {args.output} and .png")


if __name__ == "__main__":
    main()
