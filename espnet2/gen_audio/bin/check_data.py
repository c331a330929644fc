"""Leave out unusable clips of a formatted data folder.

Clips that are too short, too long, inaudible, damaged after they were written, or
without a caption are added to rejects.tsv with the reason. The others are written as a
data folder; the sound files are not moved. With --content, the SHA-256 digest of each
clip's file is listed. The names of experiments depend on these digests, so that an
edited sound file leads to new experiments.
"""

import argparse
import logging
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from espnet2.gen_audio.feats.sound_limits import (
    SILENCE,
    UnusableSound,
    refuse_length,
    refuse_levels,
)
from espnet2.gen_audio.feats.sound_reader import SoundReader
from espnet2.gen_audio.files.atomic_file import write_text
from espnet2.gen_audio.files.progress import progress
from espnet2.gen_audio.kaldi.data_dir import read_data_dir, write_data_dir
from espnet2.gen_audio.recipe.command import one_line_errors, setup_logging
from espnet2.gen_audio.recipe.number_options import real_number
from espnet2.gen_audio.recipe.rejects import Reject, read_rejects, write_rejects
from espnet2.gen_audio.recipe.step import ContentDigests, files_of_scp


def get_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    add = parser.add_argument
    add("--data_dir", type=Path, required=True, help="folder that format_audio wrote")
    add("--output_dir", type=Path, required=True, help="data folder to write")
    add("--min_seconds", type=real_number(0), default=0.1, help="shortest clip")
    add(
        "--max_seconds",
        type=real_number(above=0),
        help="longest clip; no limit if absent",
    )
    add("--content", type=Path, help="file for the digests of the clips")
    return parser


def find_fault(
    path: str, shortest: float, longest: float | None, samples: str | None = None
) -> str | None:
    """Return why a formatted clip cannot be used.

    Args:
        path: Sound file.
        shortest: Smallest length, in seconds.
        longest: Largest length, in seconds; None means no limit.
        samples: Length in samples in ``utt2num_samples``; None if it is not there.

    Returns:
        The reason, or None if the clip can be used.
    """
    try:
        rate, count, level, mean = _measure(path)
    except UnusableSound as error:
        return str(error)
    seconds = count / rate
    if samples is not None and samples != str(count):
        return (
            f"changed since it was formatted: {count} samples, {samples} in"
            " utt2num_samples; run stage format_audio with --force true"
        )
    if seconds < shortest:
        return (
            f"too short: {seconds:.3f} s; at least {shortest:g} s is accepted, so give"
            " more sound or lower --min_seconds"
        )
    if longest is not None and seconds > longest:
        return (
            f"too long: {seconds:.3f} s; at most {longest:g} s is accepted, so cut it"
            " with start and end in the table"
        )
    if level <= SILENCE:
        return _inaudible(level, mean)
    return None


def _measure(path: str) -> tuple[int, int, float, float]:
    """Return rate, samples, largest magnitude without the mean, and the mean."""
    count, total = 0, 0.0
    low, high = np.inf, -np.inf
    with SoundReader(path) as reader:
        for block in reader.blocks(*reader.range_of(None, None)):
            refuse_levels(block, count)
            count += len(block)
            refuse_length(count, reader.rate)
            total += float(block.mean(dtype=np.float64)) * len(block)
            low, high = min(low, float(block.min())), max(high, float(block.max()))
    mean = total / count
    return reader.rate, count, max(high - mean, mean - low), mean


def _inaudible(level: float, mean: float) -> str:
    if abs(mean) <= SILENCE:
        return (
            f"digital silence: no sample is above {level:.2g}; above {SILENCE:g} is"
            " accepted, so give a sound"
        )
    return (
        f"inaudible: without its mean of {mean:.2g} no sample is above {level:.2g};"
        f" above {SILENCE:g} is accepted, so give a sound"
    )


def _refuse_own_content(args: argparse.Namespace) -> None:
    """Refuse to list digests in a data folder, whose files they would replace."""
    folders = (args.data_dir.resolve(), args.output_dir.resolve())
    if args.content is not None and args.content.resolve().parent in folders:
        raise ValueError(
            f"--content {args.content} is in a data folder; give a file outside "
            "--data_dir and --output_dir"
        )


def _list_content(scp: Path, listed: Path | None) -> None:
    """Write id and digest of the file of each clip, if ``listed`` is given."""
    if listed is None:
        return
    digests, files = ContentDigests(Path("no cache")), files_of_scp(scp)
    lines = [f"{name} {digests.of_file(files[name])}\n" for name in sorted(files)]
    write_text(listed, "".join(lines))


@one_line_errors()
def main(cmd: Sequence[str] | None = None) -> None:
    """Run the command.

    Args:
        cmd: Arguments; None takes those of the process.

    Raises:
        ValueError: If no clip can be used.
    """
    args = get_parser().parse_args(cmd)
    setup_logging()
    folder = read_data_dir(args.data_dir)
    _refuse_own_content(args)
    captions, wavs = folder.column("text"), folder.column("wav.scp")
    lengths = folder.column("utt2num_samples")
    faults: list[Reject] = []
    for key in progress(folder.utterances, None, "check_data"):
        fault = "no caption: text has no line for the clip; add one to the table"
        if "text" not in folder.files or key in captions:  # <none> is an empty line
            limits = args.min_seconds, args.max_seconds
            fault = find_fault(wavs[key], *limits, lengths.get(key))
        if fault:
            faults.append(Reject(key, wavs[key], fault))
    rejects = read_rejects(args.data_dir) + faults
    bad = {reject.id for reject in faults}
    kept = folder.keep(set(folder.utterances) - bad)
    classes = Counter(re.split("[:;]", reject.reason)[0] for reject in rejects)
    listed = ", ".join(f"{count} {name}" for name, count in sorted(classes.items()))
    summary = f"{len(kept.utterances)} clips kept, {len(rejects)} left out" + (
        f" ({listed})" if listed else ""
    )
    write_rejects(args.output_dir, rejects)
    if not kept.utterances:
        raise ValueError(
            f"{args.data_dir}: {summary}; reasons in {args.output_dir}/rejects.tsv"
        )
    write_data_dir(kept, args.output_dir)
    _list_content(args.output_dir / "wav.scp", args.content)
    logging.info("%s: %s -> %s", args.data_dir, summary, args.output_dir)


if __name__ == "__main__":
    main()
