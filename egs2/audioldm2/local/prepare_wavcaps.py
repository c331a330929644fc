#!/usr/bin/env python3
"""Turn WavCaps into the three tables of the recipe.

Source: Mei et al., arXiv:2303.17395, https://github.com/XinhaoMei/WavCaps. The clips
are sounds of Freesound, BBC Sound Effects, SoundBible and AudioSet (strongly labelled)
with one caption each, which a language model wrote from texts of the uploaders.
Licence: academic use only; the sounds have the licences of their sources. The lists
have 403 050 clips, 7568 hours: FreeSound 262 300, BBC 31 201, SoundBible 1232,
AudioSet_SL 108 317. Layout on disk:

    json_files/{FreeSound/fsd_final,BBC_Sound_Effects/bbc_final,SoundBible/sb_final,
        AudioSet_SL/as_final}.json         [{"id", "caption", "duration", ...}], or
                                           {"data": [...]}
    json_files/blacklist/*.json            {"FreeSound": [ids], "AudioSet": [ids]}
    sounds in any folders, named <id>.flac

The corpus is published without splits: by default 0.5 % of the clips are the validation
set and 0.5 % the test set, chosen by a checksum of the id. The sources overlap with
AudioCaps and Clotho; --exclude leaves out the ids of a blacklist. Sounds are 68 s long
on average: give the recipe the option --segment_hop 10.24. This script writes
<output_dir>/{train,valid,test}.tsv, and missing.tsv with the clips that are not on
disk. Errors in the lists are reported with file, number and id.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from espnet2.gen_audio.cli.command import one_line_errors, setup_logging
from espnet2.gen_audio.files.published_list import Listed, json_content, read_json
from espnet2.gen_audio.recipe.corpus import (
    Clip,
    CorpusTables,
    corpus_parser,
    set_by_share,
)
from espnet2.gen_audio.recipe.corpus_sounds import by_name

FILES = {
    "FreeSound": "FreeSound/fsd_final.json",
    "BBC_Sound_Effects": "BBC_Sound_Effects/bbc_final.json",
    "SoundBible": "SoundBible/sb_final.json",
    "AudioSet": "AudioSet_SL/as_final.json",
}
SHARE = 0.005  # share of the validation set, and of the test set


def items(corpus: Path, sources: Sequence[str]) -> Iterator[Listed]:
    """Yield the items of the lists, each with the name of its source."""
    for source in sources:
        for item in read_json(corpus / "json_files" / FILES[source], "data"):
            yield item.also(source=source)


def excluded_ids(paths: Sequence[Path]) -> set[tuple[str, str]]:
    """Return source and id of each clip in the blacklists."""
    found = set()
    for path in paths:
        for source, ids in read_blacklist(path).items():
            found |= {(source, str(name).removesuffix(".wav")) for name in ids}
    return found


def read_blacklist(path: Path) -> Mapping[str, Sequence[Any]]:
    """Return the ids in a blacklist, by source."""
    content = json_content(path)
    if not isinstance(content, dict) or not all(
        isinstance(ids, list) for ids in content.values()
    ):
        raise ValueError(f'--exclude {path} is no JSON object of {{"source": [ids]}}')
    return content


@one_line_errors()
def main(cmd: Sequence[str] | None = None) -> None:
    """Write the tables."""
    parser = corpus_parser(__doc__, "json_files")
    add = parser.add_argument
    sources = {"nargs": "+", "choices": FILES, "default": list(FILES)}
    add("--sources", **sources, help="sources to read; default: all")
    add("--exclude", nargs="*", type=Path, default=[], help="blacklists of ids")
    add("--share", type=float, default=SHARE, help="share of each held-out set")
    args = parser.parse_args(cmd)
    setup_logging()
    excluded = excluded_ids(args.exclude)
    tables = CorpusTables(args.output_dir, by_name(args.audio or args.corpus))

    def clip_of(item: Mapping[str, Any]) -> Clip | None:
        name = str(item["id"]).removesuffix(".wav")
        source = item["source"]
        if (source, name) in excluded:
            tables.left_out["on a blacklist"] += 1
            return None
        clip_id = name if source == "AudioSet" else f"{source.lower()}-{name}"
        place = set_by_share(clip_id, args.share, args.share)
        return Clip(place, clip_id, (name,), (item["caption"],))

    tables.write(items(args.corpus, args.sources), clip_of)


if __name__ == "__main__":
    main()
