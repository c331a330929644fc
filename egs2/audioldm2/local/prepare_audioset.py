#!/usr/bin/env python3
"""Turn AudioSet into the three tables of the recipe, without captions.

Source: Gemmeke et al., ICASSP 2017, https://research.google.com/audioset. The clips are
10 s cuts of YouTube videos with 527 labels. Licence: CC BY 4.0 for the lists; the
sounds belong to the makers of the videos. The lists have 2 042 985 cuts for unbalanced
training, 22 176 for balanced training and 20 383 for evaluation, 5800 hours in all.
Layout on disk:

    {unbalanced_train,balanced_train,eval}_segments.csv
                           three lines with #, then YTID, start, end, "labels"
    sounds in any folders and formats, named Y<YTID>.wav or <YTID>_<start>.wav, or as
        other download tools for YouTube name them

The labels are not used: every clip has the caption <none>. AudioMAE, VAE, vocoder and
diffusion model can be trained on these clips (the paper pre-trains the diffusion model
on LOA alone, self-supervised); GPT-2 can only be trained on clips with captions. The
evaluation list is the test set; 0.1 % of the training clips, chosen by a checksum of
the id, are the validation set. AudioSet contains the clips of AudioCaps and MusicCaps:
--exclude TABLE... leaves out the ids of other tables, such as the test sets of these
corpora. This script writes <output_dir>/{train,valid,test}.tsv, and missing.tsv with
the clips that are not on disk. Errors in the lists are reported with file, line and id.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from espnet2.gen_audio.cli.command import one_line_errors, setup_logging
from espnet2.gen_audio.files.clip_table import read_table
from espnet2.gen_audio.files.published_list import Listed, read_csv
from espnet2.gen_audio.recipe.corpus import (
    Clip,
    CorpusTables,
    corpus_parser,
    set_by_share,
)
from espnet2.gen_audio.recipe.corpus_sounds import by_name, youtube_names

COLUMNS = ("YTID", "start_seconds", "end_seconds", "positive_labels")
LISTS = ("unbalanced_train", "balanced_train", "eval")
SHARE = 0.001  # share of training clips that are the validation set


def items(corpus: Path, lists: Sequence[str]) -> Iterator[Listed]:
    """Yield the rows of the lists, each with the name of its list."""
    for name in lists:
        path = corpus / f"{name}_segments.csv"
        for item in read_csv(path, COLUMNS, header=False):
            yield item.also(list=name)


@one_line_errors()
def main(cmd: Sequence[str] | None = None) -> None:
    """Write the tables."""
    parser = corpus_parser(__doc__, "the three csv files")
    add = parser.add_argument
    lists = {"nargs": "+", "choices": LISTS, "default": list(LISTS)}
    add("--lists", **lists, help="lists to read; default: all")
    add("--exclude", nargs="*", type=Path, default=[], help="tables with excluded ids")
    add("--share", type=float, default=SHARE, help="share of the validation set")
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
