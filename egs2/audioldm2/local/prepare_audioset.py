#!/usr/bin/env python3
"""Turn AudioSet into the three tables of the recipe, without captions.

Source: Gemmeke et al., ICASSP 2017, https://research.google.com/audioset. Cuts of 10 s
of YouTube videos with 527 labels. Licence: CC BY 4.0 for the lists; the sounds belong
to the makers of the videos. Listed: 2 042 985 cuts for unbalanced and 22 176 for
balanced training, 20 383 for evaluation; 5800 hours. Layout on disk:

    {unbalanced_train,balanced_train,eval}_segments.csv
                           three lines with #, then YTID, start, end, "labels"
    any folders and sound formats: Y<YTID>.wav, <YTID>_<start>.wav and other names that
        tools for YouTube give

The labels are not used: every clip has the caption <none>. AudioMAE, VAE, vocoder and
the diffusion model train on it (the paper's self-supervised pre-training, from LOA
alone); GPT-2 takes clips with captions only. Evaluation is test; 0.1 % of training,
by a checksum of the id, is valid. Clips of AudioCaps and MusicCaps are among these:
--exclude TABLE... leaves out the ids of other tables, such as their test sets. It
writes <output_dir>/{train,valid,test}.tsv, and missing.tsv with the clips that are not
on disk. Faulty rows are named with file, line and id.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from espnet2.gen_audio.files.published_list import Listed, read_csv
from espnet2.gen_audio.files.table import read_table
from espnet2.gen_audio.recipe.command import one_line_errors, setup_logging
from espnet2.gen_audio.recipe.corpus import (
    Clip,
    CorpusTables,
    corpus_parser,
    set_by_share,
)
from espnet2.gen_audio.recipe.corpus_sounds import by_name, youtube_names

COLUMNS = ("YTID", "start_seconds", "end_seconds", "positive_labels")
LISTS = ("unbalanced_train", "balanced_train", "eval")
SHARE = 0.001  # share of the validation set


def items(corpus: Path, lists: Sequence[str]) -> Iterator[Listed]:
    """Yield the rows of the lists, each with its list."""
    for name in lists:
        path = corpus / f"{name}_segments.csv"
        for item in read_csv(path, COLUMNS, header=False):
            yield item.also(list=name)


@one_line_errors()
def main(cmd: Sequence[str] | None = None) -> None:
    """Write the tables."""
    parser = corpus_parser(__doc__, "the three csv files")
    add = parser.add_argument
    add("--lists", nargs="+", choices=LISTS, default=list(LISTS), help="default all")
    add("--exclude", nargs="*", type=Path, default=[], help="tables of other corpora")
    add("--share", type=float, default=SHARE, help="share of validation")
    args = parser.parse_args(cmd)
    setup_logging()
    excluded = {row.id for path in args.exclude for row in read_table(path)}
    tables = CorpusTables(args.output_dir, by_name(args.audio or args.corpus))

    def clip_of(row: Mapping[str, str]) -> Clip | None:
        clip_id = f"Y{row['YTID']}"
        if clip_id in excluded:
            tables.left_out["in another table"] += 1
            return None
        place = "test" if row["list"] == "eval" else set_by_share(clip_id, args.share)
        times = float(row["start_seconds"]), float(row["end_seconds"])
        return Clip(place, clip_id, youtube_names(row["YTID"], *times))

    tables.write(items(args.corpus, args.lists), clip_of)


if __name__ == "__main__":
    main()
