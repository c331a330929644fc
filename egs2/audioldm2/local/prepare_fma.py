#!/usr/bin/env python3
"""Turn the Free Music Archive (FMA) into the three tables of the recipe.

Source: Defferrard et al., arXiv:1612.01840, https://github.com/mdeff/fma. The clips are
music with titles and 161 genres. Licence: CC BY 4.0 for the lists; each sound has the
Creative Commons licence that its artist chose. The list has 106 574 tracks. The subset
full holds whole tracks (343 days), large holds the same tracks cut to 30 s (888 hours,
93 GiB), medium holds 25 000 of these cuts and small 8000. Layout on disk:

    fma_metadata/tracks.csv            three lines of header: groups, names, track_id
    fma_metadata/genres.csv            genre_id,#tracks,parent,title,top_level
    fma_{full,large,medium,small}/000/000002.mp3

A caption consists of genres and title: 'hip-hop and rap music, titled Food'. The label
of a clip is its top genre. The sets are those of tracks.csv. --subset names the subset
on disk; tracks of this subset that are not on disk are listed in missing.tsv. Tracks
are longer than a clip of AudioLDM 2: give the recipe the option --segment_hop 10.24.
This script writes <output_dir>/{train,valid,test}.tsv. Errors in the lists are reported
with file, line and id.
"""

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from espnet2.gen_audio.cli.command import one_line_errors, setup_logging
from espnet2.gen_audio.files.published_list import Listed, read_csv
from espnet2.gen_audio.recipe.corpus import Clip, CorpusTables, corpus_parser
from espnet2.gen_audio.recipe.corpus_sounds import by_path

SUBSETS = ("full", "large", "medium", "small")  # each contains all that follow
SPLITS = {"training": "train", "validation": "valid", "test": "test"}
COLUMNS = ("track_id", "set split", "set subset", "track genre_top")
COLUMNS += ("track genres_all", "track title")


def items(path: Path) -> Iterator[Listed]:
    """Yield the rows of tracks.csv, with columns named '<group> <name>'."""
    heads = read_csv(path, ("",), header=False, rest="names")
    groups, names = (next(heads).values["names"] for _ in range(2))
    columns = ["track_id", *(f"{g} {n}" for g, n in zip(groups, names))]
    absent = [name for name in COLUMNS if name not in columns]
    if absent:
        raise ValueError(
            f"{path}: no column {', '.join(absent)}; download the file again"
        )
    listed = read_csv(path, columns, header=False)
    yield from itertools.islice(listed, 3, None)


def caption_of(genres: Sequence[str], title: str) -> str:
    """Return the caption of a track."""
    kinds = " and ".join(genre.lower() for genre in genres)
    music = f"{kinds} music" if kinds else "music"
    return f"{music}, titled {title}" if title else music


@one_line_errors()
def main(cmd: Sequence[str] | None = None) -> None:
    """Write the tables."""
    parser = corpus_parser(__doc__, "fma_metadata and fma_<subset>")
    parser.add_argument(
        "--subset", choices=SUBSETS, default="large", help="subset on disk"
    )
    args = parser.parse_args(cmd)
    setup_logging()
    meta = args.corpus / "fma_metadata"
    listed = read_csv(meta / "genres.csv", ("genre_id", "title"))
    genres = {row["genre_id"]: row["title"] for _, row in listed}
    wanted = SUBSETS[max(1, SUBSETS.index(args.subset)) :]

    def clip_of(row: Mapping[str, str]) -> Clip | None:
        if args.subset != "full" and row["set subset"] not in wanted:
            return None
        number = f"{int(row['track_id']):06d}"
        names = [genres[n] for n in re.findall(r"\d+", row["track genres_all"])]
        return Clip(
            SPLITS[row["set split"]],
            f"fma-{number}",
            (f"fma_{args.subset}/{number[:3]}/{number}.mp3",),
            (caption_of(names, row["track title"]),),
            label=row["track genre_top"],
        )

    tables = CorpusTables(args.output_dir, by_path(args.audio or args.corpus))
    tables.write(items(meta / "tracks.csv"), clip_of)


if __name__ == "__main__":
    main()
