#!/usr/bin/env python3
"""Turn MTG-Jamendo into the three tables of the recipe.

Source: Bogdanov et al., ICML workshop 2019,
https://github.com/MTG/mtg-jamendo-dataset. The corpus consists of whole tracks with
tags of genre, instrument and mood. Licence: CC BY-NC-SA 4.0 for the lists; each track
has a Creative Commons licence (audio_licenses.txt). The splits of autotagging have
55 525 tracks and 183 tags, about 3760 hours of mp3 at 320 kbit/s. Layout on disk:

    data/splits/split-0/autotagging-{train,validation,test}.tsv
                 TRACK_ID ARTIST_ID ALBUM_ID PATH DURATION TAGS..., tabs between
    data/raw.meta.tsv    optional: TRACK_ID ARTIST_ID ALBUM_ID TRACK_NAME ...
    00/1009600.mp3, or audio/00/1009600.mp3; low quality: 00/1009600.low.mp3

A caption consists of tags and title: 'electronic and lounge music with piano, calm,
titled Rain'. Tracks are minutes long: give the recipe the option --segment_hop 10.24.
This script writes <output_dir>/{train,valid,test}.tsv, and missing.tsv with the tracks
that are not on disk. Errors in the lists are reported with file, line and id.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from espnet2.gen_audio.cli.command import one_line_errors, setup_logging
from espnet2.gen_audio.files.published_list import Listed, read_csv
from espnet2.gen_audio.recipe.corpus import Clip, CorpusTables, corpus_parser
from espnet2.gen_audio.recipe.corpus_sounds import by_path

COLUMNS = ("TRACK_ID", "ARTIST_ID", "ALBUM_ID", "PATH", "DURATION")
SETS = {"train": "train", "valid": "validation", "test": "test"}


def items(folder: Path) -> Iterator[Listed]:
    """Yield the rows of the three lists, each with the name of its set."""
    for name in SETS:
        path = folder / f"autotagging-{SETS[name]}.tsv"
        listed = read_csv(path, COLUMNS, "\t", header=False, rest="TAGS")
        next(listed, None)  # the header has one column of tags; rows may have more
        for item in listed:
            yield item.also(set=name)


def caption_of(tags: Sequence[str], title: str) -> str:
    """Return the caption of a track.

    Args:
        tags: Tags: ``genre---rock``, ``instrument---piano``, ``mood/theme---calm``.
        title: Title of the track; may be empty.

    Returns:
        The caption, without a full stop.

    Raises:
        ValueError: If a tag is no genre, instrument or mood.
    """
    kinds: dict[str, list[str]] = {"genre": [], "instrument": [], "mood/theme": []}
    for tag in tags:
        kind, _, word = tag.partition("---")
        if kind not in kinds or not word:
            raise ValueError(f"tag {tag!r} does not begin with {', '.join(kinds)}")
        kinds[kind].append(word)
    text = " and ".join(kinds["genre"]) + " music" if kinds["genre"] else "music"
    if kinds["instrument"]:
        text += f" with {', '.join(kinds['instrument'])}"
    if kinds["mood/theme"]:
        text += f", {', '.join(kinds['mood/theme'])}"
    return f"{text}, titled {title}" if title else text


def read_titles(path: Path) -> dict[str, str]:
    """Return the titles of tracks by id; nothing if the file does not exist."""
    if not path.is_file():
        return {}
    listed = read_csv(path, ("TRACK_ID", "TRACK_NAME"), "\t")
    rows = (values for _, values in listed if isinstance(values, Mapping))
    return {row["TRACK_ID"]: row["TRACK_NAME"] for row in rows}


@one_line_errors()
def main(cmd: Sequence[str] | None = None) -> None:
    """Write the tables."""
    parser = corpus_parser(__doc__, "data and the folders of sounds")
    parser.add_argument(
        "--split", type=int, choices=range(5), default=0, help="published split to use"
    )
    args = parser.parse_args(cmd)
    setup_logging()
    titles = read_titles(args.corpus / "data" / "raw.meta.tsv")

    def clip_of(row: Mapping[str, Any]) -> Clip:
        path = row["PATH"]
        low = path.removesuffix(".mp3") + ".low.mp3"
        places = tuple(f"{top}{name}" for top in ("", "audio/") for name in (path, low))
        caption = caption_of(row["TAGS"], titles.get(row["TRACK_ID"], ""))
        return Clip(row["set"], f"mtg-{row['TRACK_ID']}", places, (caption,))

    tables = CorpusTables(args.output_dir, by_path(args.audio or args.corpus))
    tables.write(items(args.corpus / f"data/splits/split-{args.split}"), clip_of)


if __name__ == "__main__":
    main()
