#!/usr/bin/env python3
"""Turn Clotho into the three tables of the recipe.

Source: Drossos et al., ICASSP 2020, https://zenodo.org/record/4783391, version 2.1. The
clips are sounds of Freesound of 15 to 30 s with five captions each. Licence: each sound
has its own Creative Commons licence; the captions are for non-commercial use with
attribution (terms of Tampere University). The lists have 3839 clips for development,
1045 for validation and 1045 for evaluation: 37 hours, 44 100 Hz, 12 GB. (Copies at
https://huggingface.co/datasets have 5.93 thousand rows in all, CLAPv2/Clotho, and 1045
for evaluation, mteb/Clotho; the Zenodo page states one more for development and for
validation.) Layout on disk:

    clotho_captions_{development,validation,evaluation}.csv
                                        file_name,caption_1,...,caption_5
    {development,validation,evaluation}/<file_name>

The development list is the training set; the evaluation list is the test set. An id is
the file name; characters that ids may not contain are replaced, and a checksum of the
name is then added. Clips are longer than those of AudioLDM 2: the option --segment_hop
10.24 of the recipe cuts them into segments; without this option, LOA and latents come
from the beginning of a clip only. This script writes
<output_dir>/{train,valid,test}.tsv, and missing.tsv with the clips that are not on
disk. Errors in the lists are reported with file, line and id.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from espnet2.gen_audio.cli.command import one_line_errors, setup_logging
from espnet2.gen_audio.files.published_list import Listed, read_csv
from espnet2.gen_audio.recipe.corpus import Clip, CorpusTables, corpus_parser, safe_id
from espnet2.gen_audio.recipe.corpus_sounds import by_path

CAPTIONS = tuple(f"caption_{n}" for n in range(1, 6))
SETS = {"train": "development", "valid": "validation", "test": "evaluation"}


def items(corpus: Path) -> Iterator[Listed]:
    """Yield the rows of the three lists, each with the name of its set."""
    for name in SETS:
        path = corpus / f"clotho_captions_{SETS[name]}.csv"
        for item in read_csv(path, ("file_name", *CAPTIONS)):
            yield item.also(set=name)


def clip_of(row: Mapping[str, str]) -> Clip:
    """Return the clip of a row."""
    file = row["file_name"]
    place = f"{SETS[row['set']]}/{file}"
    captions = tuple(row[name] for name in CAPTIONS)
    clip_id = safe_id(file.removesuffix(".wav"))
    return Clip(row["set"], clip_id, (place, f"clotho_audio_{place}"), captions)


@one_line_errors()
def main(cmd: Sequence[str] | None = None) -> None:
    """Write the tables."""
    args = corpus_parser(__doc__, "the csv files and folders").parse_args(cmd)
    setup_logging()
    tables = CorpusTables(args.output_dir, by_path(args.audio or args.corpus))
    tables.write(items(args.corpus), clip_of)


if __name__ == "__main__":
    main()
