#!/usr/bin/env python3
"""Turn LibriTTS into the three tables of the recipe.

Source: Zen et al., arXiv:1904.02882, https://www.openslr.org/60. The corpus has 2456
speakers who read books of LibriVox, 24 000 Hz. Licence: CC BY 4.0. Size: 585 hours and
375 086 utterances: train-clean-100 33 236, train-clean-360 116 500, train-other-500
205 044, dev-clean 5736, dev-other 4613, test-clean 4837, test-other 5120 (counts of
https://www.tensorflow.org/datasets/catalog/libritts). Layout on disk:

    LibriTTS/SPEAKERS.txt, speakers.tsv    reader, gender, subset, ... ('|' or tabs)
    LibriTTS/<subset>/<reader>/<chapter>/<id>.wav
    LibriTTS/<subset>/<reader>/<chapter>/<id>.normalized.txt

The transcript is the normalised text; the caption states the gender of the reader. The
subsets of --train are the training set, dev-clean is the validation set and test-clean
the test set, as in ESPnet's recipe libritts/tts1. Utterances that are longer than a
clip (--max_seconds) are left out, because a clip would not contain all their words.
This script writes <output_dir>/{train,valid,test}.tsv. Utterances that cannot be used
are reported with file and id.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from espnet2.gen_audio.cli.command import one_line_errors, setup_logging
from espnet2.gen_audio.feats.sound_reader import SoundReader
from espnet2.gen_audio.files.published_list import Listed
from espnet2.gen_audio.recipe.corpus import Clip, CorpusTables, corpus_parser
from espnet2.gen_audio.recipe.corpus_sounds import by_path

TRAIN = ("train-clean-100", "train-clean-360", "train-other-500")
HELD_OUT = {"dev-clean": "valid", "test-clean": "test"}
GENDERS = {"F": "a woman", "M": "a man"}


def items(corpus: Path, subsets: Sequence[str]) -> Iterator[Listed]:
    """Yield the utterances of some subsets."""
    for subset in subsets:
        if not (corpus / subset).is_dir():
            raise FileNotFoundError(
                f"there is no {corpus / subset}; unpack {subset}.tar.gz, or name other "
                "subsets by --train"
            )
        for path in sorted((corpus / subset).glob("*/*/*.normalized.txt")):
            name = path.name.removesuffix(".normalized.txt")
            yield Listed(str(path), {"id": name, "subset": subset, "path": path})


def read_genders(corpus: Path) -> dict[str, str]:
    """Return the gender of each reader, F or M; nothing if there is no list."""
    for file, mark in (("SPEAKERS.txt", "|"), ("speakers.tsv", "\t")):
        if (corpus / file).is_file():
            lines = (corpus / file).read_text(encoding="utf-8-sig").splitlines()
            rows = [line.split(mark) for line in lines if not line.startswith(";")]
            return {row[0].strip(): row[1].strip() for row in rows if len(row) > 1}
    return {}


@one_line_errors()
def main(cmd: Sequence[str] | None = None) -> None:
    """Write the tables."""
    parser = corpus_parser(__doc__, "the subsets, or with LibriTTS")
    add = parser.add_argument
    add("--train", nargs="+", default=list(TRAIN), help="subsets to train on")
    add("--max_seconds", type=float, default=10.24, help="longest utterance, seconds")
    args = parser.parse_args(cmd)
    setup_logging()
    corpus = args.corpus / "LibriTTS"
    corpus = corpus if corpus.is_dir() else args.corpus
    genders = read_genders(corpus)
    sets = {**dict.fromkeys(args.train, "train"), **HELD_OUT}
    tables = CorpusTables(args.output_dir, by_path(corpus))

    def clip_of(item: Mapping) -> Clip | None:
        text, name = item["path"], item["id"]
        reader = name.split("_")[0]
        sound = text.with_name(f"{name}.wav")
        if sound.is_file() and _seconds(sound) > args.max_seconds:
            tables.left_out[f"longer than {args.max_seconds:g} s"] += 1
            return None
        words = text.read_text(encoding="utf-8-sig").strip()
        if not words:
            raise ValueError("the transcript is empty")
        caption = f"{GENDERS.get(genders.get(reader), 'a person')} reads from a book"
        place = (str(sound.relative_to(corpus)),)
        held = sets[item["subset"]]
        return Clip(held, name, place, (caption,), transcript=words, speaker=reader)

    tables.write(items(corpus, [*args.train, *HELD_OUT]), clip_of)


def _seconds(path: Path) -> float:
    """Return the length in seconds that the header of a sound states."""
    with SoundReader(path) as reader:
        return (reader.frames or 0) / reader.rate


if __name__ == "__main__":
    main()
