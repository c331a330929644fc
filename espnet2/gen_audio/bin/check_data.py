"""Leave out the clips of a formatted data folder that nothing can be learnt from.

Too short, too long, digitally silent, or without a caption: each is added to
rejects.tsv with the reason. What remains is written as a data folder; the sounds
stay where they are.
"""

import argparse
import logging
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import soundfile

from espnet2.gen_audio.feats.crop import is_audible
from espnet2.gen_audio.files.progress import progress
from espnet2.gen_audio.kaldi.data_dir import read_data_dir, write_data_dir
from espnet2.gen_audio.recipe.command import one_line_errors, setup_logging
from espnet2.gen_audio.recipe.rejects import Reject, read_rejects, write_rejects

_BLOCK = 1 << 16  # samples read at a time


def get_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    add = parser.add_argument
    add("--data_dir", type=Path, required=True, help="folder that format_audio wrote")
    add("--output_dir", type=Path, required=True, help="data folder to write")
    add("--min_seconds", type=float, default=0.1, help="shortest clip")
    add("--max_seconds", type=float, help="longest clip; no limit if absent")
    return parser


def find_fault(path: str, shortest: float, longest: float | None) -> str | None:
    """Return why a formatted clip cannot be used.

    Args:
        path: Sound file.
        shortest: Least length, in seconds.
        longest: Greatest length, in seconds; None is no limit.

    Returns:
        The reason, or None when the clip is good.
    """
    with soundfile.SoundFile(path) as file:
        seconds = file.frames / file.samplerate
        if seconds < shortest:
            return f"too short: {seconds:.3f} s, at least {shortest:g} s"
        if longest is not None and seconds > longest:
            return f"too long: {seconds:.3f} s, at most {longest:g} s"
        blocks = file.blocks(_BLOCK, dtype="float32", always_2d=True)
        if not any(is_audible(block) for block in blocks):
            return "digital silence: no sample above 0.0001"
    return None


@one_line_errors()
def main(cmd: Sequence[str] | None = None) -> None:
    """Run the command.

    Args:
        cmd: Arguments; None takes those of the process.

    Raises:
        ValueError: If no clip is left.
    """
    args = get_parser().parse_args(cmd)
    setup_logging()
    folder = read_data_dir(args.data_dir)
    captions, wavs = folder.column("text"), folder.column("wav.scp")
    faults: list[Reject] = []
    for key in progress(folder.utterances, None, "check_data"):
        fault = "no caption in text"
        if "text" not in folder.files or captions.get(key):
            fault = find_fault(wavs[key], args.min_seconds, args.max_seconds)
        if fault:
            faults.append(Reject(key, wavs[key], fault))
    rejects = read_rejects(args.data_dir) + faults
    bad = {reject.id for reject in faults}
    kept = folder.keep(set(folder.utterances) - bad)
    kinds = Counter(reject.reason.partition(":")[0] for reject in rejects)
    listed = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))
    summary = f"{len(kept.utterances)} clips kept, {len(rejects)} left out" + (
        f" ({listed})" if listed else ""
    )
    write_rejects(args.output_dir, rejects)
    if not kept.utterances:
        raise ValueError(
            f"{args.data_dir}: {summary}; reasons in {args.output_dir}/rejects.tsv"
        )
    write_data_dir(kept, args.output_dir)
    logging.info("%s: %s -> %s", args.data_dir, summary, args.output_dir)


if __name__ == "__main__":
    main()
