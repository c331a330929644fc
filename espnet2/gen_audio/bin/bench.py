"""Time and memory of text to audio, ours beside diffusers' AudioLDM2Pipeline.

Both have the same random weights of the published sizes, made once. Parts are timed in
turn after a warm-up; totals are derived from their medians and marked so.
"""

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path

import torch

from espnet2.gen_audio.bench.ceiling import achieved, ceilings
from espnet2.gen_audio.bench.memory import ARMS, measure
from espnet2.gen_audio.bench.models import PROMPT, SIZES, prepare
from espnet2.gen_audio.bench.parts import PARTS, open_pair
from espnet2.gen_audio.bench.report import UNET_STEPS, derived, machine, table, write
from espnet2.gen_audio.bench.timing import compare
from espnet2.gen_audio.kaldi.command import one_line_errors, setup_logging
from espnet2.gen_audio.pipeline.options import DTYPES, SAMPLERS, number_type


def get_parser() -> argparse.ArgumentParser:
    """Return the parser of this command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    add = parser.add_argument
    add("--peer", choices=("diffusers",), default="diffusers", help="beside what")
    add("--output", type=Path, required=True, help="JSON; a picture goes beside it")
    add(
        "--folder",
        type=Path,
        default=Path(tempfile.gettempdir()) / "gen_audio_bench",
        help="where the random weights are kept, 10 GB at full size",
    )
    add("--size", choices=list(SIZES), default="full", help="widths of the networks")
    choices = [*PARTS, "memory", "all"]
    add("--parts", nargs="+", choices=choices, default=["all"], help="what is measured")
    add("--tokens", type=int, default=8, help="LOA tokens")
    add("--batch", type=int, default=1, help="clips at once")
    add("--rounds", type=int, default=5, help="times that each part is timed")
    add("--threads", type=int, default=2, help="CPU threads")
    add("--dtype", choices=DTYPES, default="float32", help="our precision")
    add("--peer_dtype", choices=DTYPES, default="float32", help="the peer's precision")
    add("--device", default="cpu", help="cpu or cuda")
    return parser


@one_line_errors(status=2)
def main(cmd: Sequence[str] | None = None) -> None:
    """Measure.

    Args:
        cmd: Arguments; those of the command line when absent.

    Raises:
        ValueError: If a number is out of range.
    """
    args = get_parser().parse_args(cmd)
    setup_logging()
    if min(args.tokens, args.batch, args.rounds, args.threads) < 1:
        raise ValueError("--tokens, --batch, --rounds and --threads must be above 0")
    torch.set_num_threads(args.threads)
    folders = prepare(args.folder, args.size)
    every = "all" in args.parts
    wanted = [name for name in PARTS if every or name in args.parts]
    rows, speeds, words = [], {}, 0
    if wanted:
        with torch.inference_mode():
            precisions = (args.dtype, args.peer_dtype, args.device)
            pair = open_pair(folders, args.batch, args.tokens, *precisions)
            words = pair.ours.conditions([PROMPT])["tokens"].shape[1]
            for name in wanted:
                arms = PARTS[name](pair)
                rows.append(compare(name, *arms, args.rounds))
                if name == "unet":
                    speeds = ceilings(number_type(args.dtype), args.device)
                    # the peer's: what we leave out is not counted as done
                    speeds["the peer's U-Net steps"] = achieved(arms[1], 1)
            del pair, arms
    peaks = []
    if every or "memory" in args.parts:
        peaks = [measure(arm, folders, args.threads) for arm in ARMS]
    totals = [derived(rows, options.steps) for options in SAMPLERS.values()]
    told = {"prompt": PROMPT, "prompt_tokens": words, "unet_steps_timed": UNET_STEPS}
    told |= {key: str(value) for key, value in vars(args).items()} | machine()
    memory = [{"arm": peak.arm, "gigabytes": peak.gigabytes} for peak in peaks]
    more = {"derived_totals": totals, "memory": memory, "gflops": speeds}
    write(args.output, told, rows, **more)
    print(table(rows, totals, peaks))
    for name, speed in speeds.items():
        print(f"{name:<50}{speed:>8.0f} GFLOP/s")
    print(f"prompt of {words} tokens, {args.tokens} LOA tokens, batch {args.batch}")
    print(f"written: {args.output}")


if __name__ == "__main__":
    main()
