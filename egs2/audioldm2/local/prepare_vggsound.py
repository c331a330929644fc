#!/usr/bin/env python3
"""Turn VGGSound into the three tables of the recipe.

Source: Chen et al., ICASSP 2020, https://www.robots.ox.ac.uk/~vgg/data/vggsound. The
clips are 10 s cuts of YouTube videos with one of 309 labels. Licence: CC BY 4.0 for the
list; the sounds belong to the makers of the videos. The list has 199 467 cuts: 183 971
for training and 15 496 for test, 550 hours in all (counted by a reader of the list at
https://huggingface.co/datasets/Loie/VGGSound/discussions/5). Layout on disk:

    vggsound.csv           <youtube_id>,<start>,<label>,<train or test>, no header
    sounds in any folders and formats, named <youtube_id>_<six digits of start>.wav, or
        as other download tools for YouTube name them

The label of a clip is also its caption, as in the paper. The test set is as published;
1 % of the training clips, chosen by a checksum of the id, are the validation set. This
script writes <output_dir>/{train,valid,test}.tsv, and missing.tsv with the clips that
are not on disk. Errors in the list are reported with file, line and id.
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

COLUMNS = ("youtube_id", "start", "label", "split")
SHARE = 0.01  # share of training clips that are the validation set


@one_line_errors()
def main(cmd: Sequence[str] | None = None) -> None:
    """Write the tables."""
    parser = corpus_parser(__doc__, "vggsound.csv")
    parser.add_argument(
        "--share", type=float, default=SHARE, help="share of the validation set"
    )
    args = parser.parse_args(cmd)
    setup_logging()

    def clip_of(row: Mapping[str, str]) -> Clip:
        if row["split"] not in ("train", "test"):
            raise ValueError(f"split {row['split']!r} is neither train nor test")
        start = float(row["start"])
        clip_id = f"Y{row['youtube_id']}_{int(start):06d}"
        place = "test" if row["split"] == "test" else set_by_share(clip_id, args.share)
        names = youtube_names(row["youtube_id"], start, start + 10)
        return Clip(place, clip_id, names, (row["label"],), label=row["label"])

    tables = CorpusTables(args.output_dir, by_name(args.audio or args.corpus))
    tables.write(read_csv(args.corpus / "vggsound.csv", COLUMNS, header=False), clip_of)


if __name__ == "__main__":
    main()
