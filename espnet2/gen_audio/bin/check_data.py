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
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import NamedTuple

import numpy as np

from espnet2.gen_audio.cli.command import one_line_errors, setup_logging
from espnet2.gen_audio.cli.number_options import real_number, whole_number
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
from espnet2.gen_audio.recipe.content_digests import digest_of_file
from espnet2.gen_audio.recipe.rejects import Reject, read_rejects, write_rejects

_LEAST_CLIPS = 1000  # a process takes a moment to start


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
    text = "processes, of at least 1000 clips each; the result does not depend on it"
    add("--nj", type=whole_number(1, 1024), default=1, help=text)
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


class ClipCheck(NamedTuple):
    """What is asked of each clip.

    Args:
        shortest: Smallest length, in seconds.
        longest: Largest length, in seconds; None means no limit.
        with_digest: Whether the digest of the file is wanted.
    """

    shortest: float
    longest: float | None
    with_digest: bool

    def __call__(self, clip: tuple[str, str | None]) -> tuple[str | None, str]:
        """Return why a clip cannot be used, and the digest of its file.

        Args:
            clip: Sound file, and its length in ``utt2num_samples`` or None.

        Returns:
            The reason or None, and the digest if it is wanted, else nothing.
        """
        fault = find_fault(clip[0], self.shortest, self.longest, clip[1])
        if fault or not self.with_digest:
            return fault, ""
        return None, digest_of_file(clip[0])

    def of_all(
        self, clips: Sequence[tuple[str, str | None]], jobs: int
    ) -> Iterator[tuple[str | None, str]]:
        """Yield the answers for all clips, in order.

        Args:
            clips: See ``__call__``.
            jobs: Largest number of processes.

        Yields:
            Reason and digest of each clip.
        """
        jobs = min(jobs, -(-len(clips) // _LEAST_CLIPS))
        if jobs <= 1:
            yield from map(self, clips)
            return
        with ProcessPoolExecutor(jobs) as pool:
            yield from pool.map(self, clips, chunksize=100)


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
    check = ClipCheck(args.min_seconds, args.max_seconds, args.content is not None)
    clips = [(wavs[key], lengths.get(key)) for key in folder.utterances]
    answers = zip(folder.utterances, check.of_all(clips, args.nj))
    faults: list[Reject] = []
    digests = {}
    for key, (fault, digest) in progress(answers, len(clips), "check_data"):
        if "text" in folder.files and key not in captions:  # <none> is an empty line
            fault = "no caption: text has no line for the clip; add one to the table"
        digests[key] = digest
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
    if args.content is not None:
        names = sorted(kept.column("wav.scp"))
        write_text(args.content, "".join(f"{key} {digests[key]}\n" for key in names))
    logging.info("%s: %s -> %s", args.data_dir, summary, args.output_dir)


if __name__ == "__main__":
    main()
