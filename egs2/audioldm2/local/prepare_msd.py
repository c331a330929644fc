#!/usr/bin/env python3
"""Turn the Million Song Dataset (MSD), tagged by eCALS, into the recipe's tables.

Source: Bertin-Mahieux et al., ISMIR 2011, http://millionsongdataset.com; tags and
splits by Doh et al., arXiv:2211.14558, https://zenodo.org/record/7107130 (eCALS).
Licence: the lists are for research. The sounds are not published with the lists: 30 s
previews came from 7digital and belong to the labels. The lists have 444 865 tracks for
training, 34 481 for validation and 34 631 for test, 1054 tags and 4280 hours of
previews. Layout on disk:

    ecals_annotation/annotation.json       {"TR...": {"tag": [...], "title": ...,
                                            "artist_name": ..., ...}, ...}
    ecals_annotation/ecals_track_split.json   {"train_track": [ids], "valid_track":
                                            [ids], "test_track": [ids], ...}
    sounds in any folders and formats, named <track id>.mp3

A caption consists of tags and title: 'ambient, calm and piano music, titled Rain'.
Previews are longer than a clip of AudioLDM 2: give the recipe the option --segment_hop
10.24. This script reads annotation.json as a whole. It writes
<output_dir>/{train,valid,test}.tsv, and missing.tsv with the tracks that are not on
disk. Errors in the lists are reported with file and id.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from espnet2.gen_audio.cli.command import one_line_errors, setup_logging
from espnet2.gen_audio.files.published_list import json_content, read_json
from espnet2.gen_audio.recipe.corpus import Clip, CorpusTables, corpus_parser
from espnet2.gen_audio.recipe.corpus_sounds import by_name

SETS = {"train": "train_track", "valid": "valid_track", "test": "test_track"}


def read_split(path: Path) -> dict[str, str]:
    """Return the set of each track."""
    content = json_content(path)
    absent = [key for key in SETS.values() if key not in content]
    if absent:
        raise ValueError(f"{path} lacks {', '.join(absent)}; it has {list(content)}")
    return {track: name for name, key in SETS.items() for track in content[key]}


def caption_of(tags: Sequence[str], title: str) -> str:
    """Return the caption of a track."""
    *others, last = tags or [""]
    kinds = f"{', '.join(others)} and {last}" if others else last
    music = f"{kinds} music" if kinds else "music"
    return f"{music}, titled {title}" if title else music


@one_line_errors()
def main(cmd: Sequence[str] | None = None) -> None:
    """Write the tables."""
    args = corpus_parser(__doc__, "ecals_annotation").parse_args(cmd)
    setup_logging()
    lists = args.corpus / "ecals_annotation"
    sets = read_split(lists / "ecals_track_split.json")

    def clip_of(track: Mapping[str, Any]) -> Clip | None:
        name = track["key"]
        if name not in sets:
            return None
        caption = caption_of(track["tag"], track.get("title") or "")
        return Clip(sets[name], name, (name,), (caption,))

    tables = CorpusTables(args.output_dir, by_name(args.audio or args.corpus))
    tables.write(read_json(lists / "annotation.json"), clip_of)


if __name__ == "__main__":
    main()
