#!/usr/bin/env python3
"""Turn MusicCaps into the three tables of the recipe.

Source: Agostinelli et al., arXiv:2301.11325,
https://www.kaggle.com/datasets/googleai/musiccaps. Cuts of 10 s of YouTube videos, part
of AudioSet, described by musicians. Licence: CC BY-SA 4.0 for the list; the sounds
belong to the makers of the videos. The list has 5521 clips (15 hours), 2663 of them of
AudioSet's training sets and 2858 of its evaluation set. Layout on disk:

    musiccaps-public.csv   ytid,start_s,end_s,audioset_positive_labels,aspect_list,
                           caption,author_id,is_balanced_subset,is_audioset_eval
    sounds in any folders and formats, named <ytid>.wav, Y<ytid>.wav or
        <ytid>_<start>.wav, or as other download tools for YouTube name them

The clips of AudioSet's evaluation set are the test set; 5 % of the others, chosen by a
checksum of the id, are the validation set. (The paper of AudioLDM 2 trains on none of
MusicCaps and tests on all of it.) This script writes
<output_dir>/{train,valid,test}.tsv, and missing.tsv with the clips that are not on
disk. Errors in the list are reported with file, line and id.
"""

from collections.abc import Mapping, Sequence

from espnet2.gen_audio.cli.command import one_line_errors, setup_logging
from espnet2.gen_audio.files.published_list import read_csv
from espnet2.gen_audio.recipe.corpus import (
    Clip,
    CorpusTables,
    corpus_parser,
    set_by_share,
)
from espnet2.gen_audio.recipe.corpus_sounds import by_name, youtube_names

COLUMNS = ("ytid", "start_s", "end_s", "caption", "is_audioset_eval")
SHARE = 0.05  # share of training clips that are the validation set


@one_line_errors()
def main(cmd: Sequence[str] | None = None) -> None:
    """Write the tables."""
    parser = corpus_parser(__doc__, "musiccaps-public.csv")
    parser.add_argument(
        "--share", type=float, default=SHARE, help="share of validation"
    )
    args = parser.parse_args(cmd)
    setup_logging()

    def clip_of(row: Mapping[str, str]) -> Clip:
        clip_id = f"Y{row['ytid']}"
        place = set_by_share(clip_id, args.share)
        if row["is_audioset_eval"].lower() == "true":
            place = "test"
        names = youtube_names(row["ytid"], float(row["start_s"]), float(row["end_s"]))
        return Clip(place, clip_id, names, (row["caption"],))

    tables = CorpusTables(args.output_dir, by_name(args.audio or args.corpus))
    tables.write(read_csv(args.corpus / "musiccaps-public.csv", COLUMNS), clip_of)


if __name__ == "__main__":
    main()
