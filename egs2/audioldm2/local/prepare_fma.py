#!/usr/bin/env python3
"""Turn the Free Music Archive (FMA) into the three tables of the recipe.

Source: Defferrard et al., arXiv:1612.01840, https://github.com/mdeff/fma. Music with
titles and 161 genres. Licence: CC BY 4.0 for the lists; each sound has the Creative
Commons licence that its artist chose. Listed: 106 574 tracks; full 343 days, large the
same tracks cut to 30 s (888 hours, 93 GiB), medium 25 000 and small 8000 of these.
Layout on disk:

    fma_metadata/tracks.csv            three lines of header: groups, names, track_id
    fma_metadata/genres.csv            genre_id,#tracks,parent,title,top_level
    fma_{full,large,medium,small}/000/000002.mp3

The caption is made of genres and title: 'hip-hop and rap music, titled Food'; the label
is the top genre. Splits are those of tracks.csv; tracks of other subsets than that on
disk are in missing.tsv unless --subset names it. Tracks are longer than a clip of
AudioLDM 2: give the recipe --segment_hop 10.24. It writes <output_dir>/{train,valid,
test}.tsv. Faulty rows are named with file, line and id.
"""

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from espnet2.gen_audio.files.published_list import Listed, read_csv
from espnet2.gen_audio.recipe.command import one_line_errors, setup_logging
from espnet2.gen_audio.recipe.corpus import Clip, CorpusTables, corpus_parser
from espnet2.gen_audio.recipe.corpus_sounds import by_path

SUBSETS = ("full", "large", "medium", "small")  # each holds those behind it
SPLITS = {"training": "train", "validation": "valid", "test": "test"}
COLUMNS = ("track_id", "set split", "set subset", "track genre_top")
COLUMNS += ("track genres_all", "track title")


def items(path: Path) -> Iterator[Listed]:
    """Yield the rows of tracks.csv, columns named '<group> <name>'."""
    heads = read_csv(path, ("",), header=False, rest="names")
    groups, names = (next(heads).values["names"] for _ in range(2))
    columns = ["track_id", *(f"{g} {n}" for g, n in zip(groups, names))]
    absent = [name for name in COLUMNS if name not in columns]
    if absent:
        raise ValueError(f"{path}: no column {', '.join(absent)}; is it whole?")
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
    parser.add_argument("--subset", choices=SUBSETS, default="large")
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
