#!/usr/bin/env python3
"""Turn AudioCaps into the three tables of the recipe.

Source: Kim et al., NAACL 2019, https://audiocaps.github.io; the lists are in the
folders dataset (version 1.0) and dataset2.0 of https://github.com/cdjkim/audiocaps.
The clips are 10 s cuts of YouTube videos, a part of AudioSet, with captions by people.
Licence: MIT for the lists; the sounds belong to the makers of the videos. Version 1.0
lists 49 838 clips for training with one caption each, and 495 clips for validation and
975 for test with five captions each (2475 and 4875 rows), about 140 hours in all.
Version 2.0 lists 91 256 rows for training. Layout on disk:

    train.csv val.csv test.csv       audiocap_id,youtube_id,start_time,caption
    sounds in any folders and formats, named <youtube_id>.wav, Y<youtube_id>.wav or
        <youtube_id>_<start>.wav, or as other download tools for YouTube name them

The id of a clip is Y<youtube_id>, as in AudioSet's tools. The sets are those of the
lists. Rows with the same id are captions of the same clip; a repeated caption counts
once. This script writes <output_dir>/{train,valid,test}.tsv, and missing.tsv with the
clips that are not on disk, because videos disappear from YouTube. Errors in the lists
are reported with file, line and id.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from espnet2.gen_audio.cli.command import one_line_errors, setup_logging
from espnet2.gen_audio.files.published_list import Listed, read_csv
from espnet2.gen_audio.recipe.corpus import Clip, CorpusTables, corpus_parser
from espnet2.gen_audio.recipe.corpus_sounds import by_name, youtube_names

COLUMNS = ("audiocap_id", "youtube_id", "start_time", "caption")
SETS = {"train": "train.csv", "valid": "val.csv", "test": "test.csv"}


def items(corpus: Path) -> Iterator[Listed]:
    """Yield the rows of the three lists, each with the name of its set."""
    for name, file in SETS.items():
        for item in read_csv(corpus / file, COLUMNS):
            yield item.also(set=name)


def clip_of(row: Mapping[str, str]) -> Clip:
    """Return the clip of a row."""
    start = float(row["start_time"])
    names = youtube_names(row["youtube_id"], start, start + 10)
    return Clip(row["set"], f"Y{row['youtube_id']}", names, (row["caption"],))


@one_line_errors()
def main(cmd: Sequence[str] | None = None) -> None:
    """Write the tables."""
    args = corpus_parser(__doc__, "train.csv, val.csv, test.csv").parse_args(cmd)
    setup_logging()
    tables = CorpusTables(
        args.output_dir, by_name(args.audio or args.corpus), many_rows=True
    )
    tables.write(items(args.corpus), clip_of)


if __name__ == "__main__":
    main()
