#!/usr/bin/env python3
r"""Join the tables of several corpora, each with a weight.

    local/mix_tables.py --output mixed.tsv --add audiocaps 4 data/audiocaps/train.tsv \
        --add audioset 1 data/audioset/train.tsv --exclude data/audiocaps/test.tsv

The name of the corpus is put before an id (audiocaps-Yxyz). In training, a clip of
weight 4 is visited four times as often as a clip of weight 1. The weight of a corpus is
multiplied by the weights in its table. --exclude leaves out the clips of other tables,
such as held-out sets: clips with the same id, and other cuts of the same YouTube video
(ids that begin with Y and the 11 characters of the video). --labels_of keeps the labels
of some corpora only: --augment_clips makes copies for the labels that have the fewest
clips. --transcripts_of does the same for the words spoken. The log has the number of
clips and the share of visits of each corpus.
"""

import argparse
import logging
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from espnet2.gen_audio.cli.command import one_line_errors, setup_logging
from espnet2.gen_audio.files.clip_table import COLUMNS, TableRow, read_table
from espnet2.gen_audio.files.clip_table_writer import write_table

_VIDEO = re.compile(r"(Y[\w-]{11})(?:_.*)?")


def get_parser() -> argparse.ArgumentParser:
    """Return the parser of this command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    names = ("NAME", "WEIGHT", "TABLE")
    text = "name, weight and table of a corpus; may be repeated"
    add("--add", nargs=3, action="append", metavar=names, required=True, help=text)
    text = "tables whose clips are left out"
    add("--exclude", nargs="*", type=Path, default=[], metavar="TABLE", help=text)
    for what in ("labels", "transcripts"):
        text = f"corpora whose {what} are kept; default: all"
        add(f"--{what}_of", nargs="*", metavar="NAME", help=text)
    add("--output", type=Path, required=True, help="table to write")
    return parser


def source_of(clip_id: str) -> str:
    """Return the part of an id that all clips of the same recording have."""
    found = _VIDEO.fullmatch(clip_id)
    return found[1] if found else clip_id


def weight_of(text: str, name: str) -> float:
    """Return a weight as a number; refuse what is not above 0."""
    try:
        weight = float(text)
    except ValueError:
        weight = -1.0
    if not 0 < weight < float("inf"):
        raise ValueError(f"--add {name} {text}: the weight must be a number above 0")
    return weight


def _corpora(args: argparse.Namespace, option: str) -> set[str]:
    """Return the corpora of an option that selects some; refuse unknown ones."""
    known = {name for name, *_ in args.add}
    chosen = getattr(args, option)
    unknown = sorted(set(chosen or ()) - known)
    if unknown:
        raise ValueError(f"--{option} {unknown[0]}: --add names no corpus of this name")
    return known if chosen is None else set(chosen)


@one_line_errors()
def main(cmd: Sequence[str] | None = None) -> None:
    """Write the table."""
    args = get_parser().parse_args(cmd)
    setup_logging()
    labelled = _corpora(args, "labels_of")
    spoken = _corpora(args, "transcripts_of")
    excluded = {source_of(row.id) for path in args.exclude for row in read_table(path)}
    clips: Counter[str] = Counter()
    visits: Counter[str] = Counter()

    def rows() -> Iterator[TableRow]:
        for name, text, path in args.add:
            weight = weight_of(text, name)
            for row in read_table(path):
                if source_of(row.id) in excluded:
                    clips[f"{name} (left out by --exclude)"] += 1
                    continue
                clips[name] += 1
                visits[name] += row.weight * weight
                yield replace(
                    row,
                    id=f"{name}-{row.id}",
                    weight=row.weight * weight,
                    label=row.label if name in labelled else "",
                    transcript=row.transcript if name in spoken else "",
                )

    write_table(args.output, rows(), (*COLUMNS, "weight"))
    total = sum(visits.values())
    for name, count in clips.items():
        share = f", {visits[name] / total:.1%} of the visits" if visits[name] else ""
        logging.info("%s: %d clips%s", name, count, share)


if __name__ == "__main__":
    main()
