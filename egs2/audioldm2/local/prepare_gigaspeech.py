#!/usr/bin/env python3
"""Turn GigaSpeech into the three tables of the recipe.

Source: arXiv:2106.06909, https://github.com/SpeechColab/GigaSpeech, version 1.0.0. The
corpus consists of English audiobooks, podcasts and videos. Licence: the recordings
belong to many owners; the terms of access allow non-commercial research and education
only. Size: the training subsets are XS (10 h), S (250 h), M (1000 h), L (2500 h) and XL
(10 000 h), each a part of the next; DEV has 12 h and TEST 40 h. The authors ask for
900 GB of disk space. Layout on disk:

    GigaSpeech.json                            gigabytes; read as a stream
    audio/{audiobook,podcast,youtube}/P0001/<aid>.opus       one recording
    "audios": [{"aid", "path", "source", "segments": [{"sid", "speaker", "begin_time",
                "end_time", "text_tn", "subsets": ["{XL}", ...]}, ...]}, ...]

Tags of punctuation (<COMMA> <PERIOD> <QUESTIONMARK> <EXCLAMATIONPOINT>) become
punctuation. Words become lower case, because a phonemizer spells capitals. Segments
with <SIL>, <MUSIC>, <NOISE> or <OTHER> contain no words and are left out. Segments that
are longer than a clip are left out as well, because a clip would not contain all their
words. The corpus has no descriptions: captions state only the source of a recording,
and training uses sentence vectors of the audio (dump_condition --sentence_source
audio).

This script writes <output_dir>/{train,valid,test}.tsv from the chosen subset, DEV and
TEST. Segments that cannot be used are left out and reported with file, line and id.
"""

import argparse
import logging
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from espnet2.gen_audio.cli.command import one_line_errors, setup_logging
from espnet2.gen_audio.files.clip_table import TableRow
from espnet2.gen_audio.files.clip_table_writer import write_table
from espnet2.gen_audio.files.json_list import JsonItem, read_json_list

SUBSETS = ("XS", "S", "M", "L", "XL")
PUNCTUATION = {
    "<COMMA>": ",",
    "<PERIOD>": ".",
    "<QUESTIONMARK>": "?",
    "<EXCLAMATIONPOINT>": "!",
}
NO_WORDS = ("<SIL>", "<MUSIC>", "<NOISE>", "<OTHER>")
CAPTIONS = {
    "audiobook": "a person reads aloud from a book",
    "podcast": "a person speaks in a podcast",
    "youtube": "a person speaks in an online video",
}


def get_parser() -> argparse.ArgumentParser:
    """Return the parser of this command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--corpus", type=Path, required=True, help="folder with GigaSpeech.json, audio")
    add("--output_dir", type=Path, required=True, help="folder for the three tables")
    add("--subset", choices=SUBSETS, default="XL", help="training subset; default XL")
    add(
        "--max_seconds",
        type=float,
        default=10.24,
        help="longest segment in seconds; default 10.24",
    )
    add(
        "--eval_clips",
        type=int,
        default=0,
        help="segments of DEV and of TEST to keep, evenly spread; default: all",
    )
    return parser


def transcript_of(text: str) -> str:
    """Return the transcript of a segment, with punctuation.

    Args:
        text: ``text_tn`` of the segment, with capitals and tags.

    Returns:
        The words in lower case; an empty text if the segment contains no words.

    Raises:
        ValueError: If the text contains an unknown tag.
    """
    if any(tag in text for tag in NO_WORDS):
        return ""
    for tag, mark in PUNCTUATION.items():
        text = re.sub(rf"\s*{tag}", mark, text)
    odd = re.search(r"<[^>]*>?|>", text)
    if odd:
        raise ValueError(f"tag {odd[0]} is not known")
    text = " ".join(text.split()).lower()
    return text if re.search(r"\w", text) else ""


class Corpus:
    """Reads the segments of the sets, and counts what it leaves out.

    Args:
        folder: Folder with GigaSpeech.json and audio.
        subset: Subset that is trained on.
        max_seconds: Longest segment.
    """

    def __init__(self, folder: Path, subset: str, max_seconds: float):
        self.folder = folder
        self.meta = folder / "GigaSpeech.json"
        self.max_seconds = max_seconds
        self.sets = {"{DEV}": "valid", "{TEST}": "test", f"{{{subset}}}": "train"}
        self.left_out: Counter[str] = Counter()

    def rows(self) -> Iterator[tuple[str, TableRow]]:
        """Read all audios.

        Yields:
            Name of the set and row of each segment, in the order of the file.

        Raises:
            FileNotFoundError: If there is no GigaSpeech.json.
        """
        if not self.meta.is_file():
            raise FileNotFoundError(
                f"there is no {self.meta}; set GIGASPEECH in db.sh to the folder that "
                "holds GigaSpeech.json and audio"
            )
        known: set[str] = set()
        for item in read_json_list(self.meta, "audios"):
            try:
                wanted = self._wanted(item.value, known)
            except (KeyError, TypeError, ValueError) as error:
                self._warn(item, "aid", _name(item.value, "aid"), error)
                continue
            sids: set[str] = set()
            for name, segment in wanted:
                try:
                    row = self._row(item.value, segment, sids)
                except (KeyError, TypeError, ValueError) as error:
                    self._warn(item, "sid", _name(segment, "sid"), error)
                    continue
                if row is not None:
                    yield name, row

    def _wanted(self, audio: Any, known: set[str]) -> list[tuple[str, Any]]:
        """Return name of the set and segment, for each segment of the chosen sets."""
        aid, segments = audio["aid"], audio["segments"]
        if aid in known:
            raise ValueError("this id occurs twice")
        known.add(aid)
        wanted = []
        for segment in segments:
            subsets = segment.get("subsets") if isinstance(segment, dict) else None
            if subsets is None:
                wanted.append(("train", segment))  # _row reports the error with the id
            else:
                wanted += [(self.sets[s], segment) for s in subsets if s in self.sets]
        path = self.folder / audio["path"]
        if wanted and not path.is_file():
            raise ValueError(f"there is no {path} ({len(wanted)} segments)")
        if wanted and audio["source"] not in CAPTIONS:
            raise ValueError(
                f"source {audio['source']!r} is none of {', '.join(CAPTIONS)}"
            )
        return wanted

    def _row(self, audio: Any, segment: Any, sids: set[str]) -> TableRow | None:
        """Return the row of a segment, or None if the segment is left out."""
        _, sid = segment["subsets"], segment["sid"]
        if sid in sids:
            raise ValueError("this id occurs twice")
        sids.add(sid)
        start, end = segment["begin_time"], segment["end_time"]
        if not 0 <= start < end:
            raise ValueError(f"it begins at {start} s and ends at {end} s")
        transcript = transcript_of(segment["text_tn"])
        if not transcript:
            self.left_out["without words"] += 1
            return None
        if end - start > self.max_seconds:
            self.left_out[f"longer than {self.max_seconds:g} s"] += 1
            return None
        return TableRow(
            sid,
            self.folder / audio["path"],
            CAPTIONS[audio["source"]],
            transcript,
            float(start),
            float(end),
            _speaker(segment.get("speaker")),
        )

    def _warn(self, item: JsonItem, key: str, name: str, error: Exception) -> None:
        """Log in one line which item is left out, its place in the file and why."""
        self.left_out["faulty"] += 1
        if isinstance(error, KeyError):
            error = ValueError(f"it has no {error}")
        elif isinstance(error, TypeError):
            error = ValueError(f"a value is of another kind than expected ({error})")
        line = item.line_of(f'"{name}"')
        logging.warning(
            "%s, line %d, %s %s: %s; left out", self.meta, line, key, name, error
        )


def _name(content: Any, key: str) -> str:
    return str(content.get(key)) if isinstance(content, dict) else repr(content)[:40]


def _speaker(name: str | None) -> str:
    """Return a speaker id for the table; empty for 'N/A', the most frequent name."""
    if name in (None, "", "N/A"):
        return ""
    return re.sub(r"[^\w-]+", "_", str(name)).strip("_-")


def spread(rows: Sequence[TableRow], count: int) -> Sequence[TableRow]:
    """Select rows at equal distances.

    Args:
        rows: Rows of a set.
        count: Number of rows to select; 0 selects all.

    Returns:
        The selected rows, in order.
    """
    if not 0 < count < len(rows):
        return rows
    return [rows[n * len(rows) // count] for n in range(count)]


@one_line_errors()
def main(cmd: Sequence[str] | None = None) -> None:
    """Write the tables."""
    args = get_parser().parse_args(cmd)
    setup_logging()
    corpus = Corpus(args.corpus, args.subset, args.max_seconds)
    held_out: dict[str, list[TableRow]] = {"valid": [], "test": []}

    def training() -> Iterator[TableRow]:
        found = {args.subset: False, "DEV": held_out["valid"], "TEST": held_out["test"]}
        for name, row in corpus.rows():
            if name == "train":
                found[args.subset] = True
                yield row
            else:
                held_out[name].append(row)
        for subset, any_rows in found.items():
            if not any_rows:
                raise ValueError(f"{corpus.meta} has no usable segment of {subset}")

    counts = {"train": write_table(args.output_dir / "train.tsv", training())}
    for name, rows in held_out.items():
        path = args.output_dir / f"{name}.tsv"
        counts[name] = write_table(path, spread(rows, args.eval_clips))
    for name, count in counts.items():
        logging.info("%d segments in %s", count, args.output_dir / f"{name}.tsv")
    for reason, count in corpus.left_out.items():
        logging.info("left out, %s: %d", reason, count)


if __name__ == "__main__":
    main()
