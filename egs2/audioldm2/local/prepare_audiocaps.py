#!/usr/bin/env python3
"""Turn AudioCaps into the three tables of the recipe.

Source: Kim et al., NAACL 2019, https://audiocaps.github.io; lists in
https://github.com/cdjkim/audiocaps, folders dataset (1.0) and dataset2.0. Cuts of 10 s
of YouTube videos, part of AudioSet, described by people. Licence: MIT for the lists;
the sounds belong to the makers of the videos. Listed: 1.0 has 49 838 clips for
training (one caption each), 495 for validation and 975 for test (five captions each,
2475 and 4875 rows), about 140 hours; 2.0 has 91 256 rows for training. Layout on disk:

    train.csv val.csv test.csv       audiocap_id,youtube_id,start_time,caption
    any folders and sound formats: <youtube_id>.wav, Y<youtube_id>.wav,
        <youtube_id>_<start>.wav and other names that tools for YouTube give

The id of a clip is Y<youtube_id>, as AudioSet's tools write it. Splits are those of the
lists; the captions of a clip are rows with one id, and one that is written twice counts
once. Links rot: what is not on disk is listed in missing.tsv. It writes
<output_dir>/{train,valid,test}.tsv. Faulty rows are named with file, line and id.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from espnet2.gen_audio.files.published_list import Listed, read_csv
from espnet2.gen_audio.recipe.command import one_line_errors, setup_logging
from espnet2.gen_audio.recipe.corpus import Clip, CorpusTables, corpus_parser
from espnet2.gen_audio.recipe.corpus_sounds import by_name, youtube_names

COLUMNS = ("audiocap_id", "youtube_id", "start_time", "caption")
SETS = {"train": "train.csv", "valid": "val.csv", "test": "test.csv"}


def items(corpus: Path) -> Iterator[Listed]:
    """Yield the rows of the three lists, each with its set."""
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
