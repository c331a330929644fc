"""From the lists of a published corpus to the three tables of the recipe.

What ``local/prepare_<corpus>.py`` have in common. A script yields the items of the
corpus' lists and turns an item into a ``Clip``; here sound files are found, faults are
told in one line each with file, line and id, and the tables are written. Nothing is
downloaded: clips whose sound is not on disk are listed in ``missing.tsv``.
"""

import argparse
import hashlib
import logging
import re
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from espnet2.gen_audio.files.atomic_file import atomic_path
from espnet2.gen_audio.files.clip_table import TableRow
from espnet2.gen_audio.files.clip_table_writer import write_tables
from espnet2.gen_audio.files.keyed_text import refuse_bad_name
from espnet2.gen_audio.files.published_list import Listed
from espnet2.gen_audio.recipe.corpus_sounds import Finder

SETS = ("train", "valid", "test")
MISSING = "missing.tsv"


@dataclass(frozen=True)
class Clip:
    """One clip of a published list.

    Args:
        set: ``train``, ``valid`` or ``test``.
        id: Its id, see ``safe_id``.
        names: Where its sound may be: paths below the folder of sounds, or names of
            files without their endings, as the finder takes them; the first wins.
        captions: Descriptions; none if the corpus has none.
        start: Where it begins in the file, in seconds; None is the beginning.
        end: Where it ends; None is the end.
        transcript: The words spoken.
        speaker: Name of the speaker.
        label: Class of the sound.
    """

    set: str
    id: str
    names: tuple[str, ...]
    captions: tuple[str, ...] = ()
    start: float | None = None
    end: float | None = None
    transcript: str = ""
    speaker: str = ""
    label: str = ""


ClipMaker = Callable[[Mapping[str, Any]], Clip | None]


def safe_id(text: str) -> str:
    """Return a name as the id of a clip.

    Args:
        text: Name of a file, or anything else that names the clip.

    Returns:
        The text itself if it may be an id; else what may stay of it, and eight digits
        of its checksum, so that different names have different ids.
    """
    kept = re.sub(r"[^\w.+-]+", "_", text).strip("._-")[:120]
    return (
        kept if kept == text else f"{kept}-{zlib.crc32(text.encode()):08x}".strip("-")
    )


def share_of(clip_id: str) -> float:
    """Return a number of a clip that a split by shares goes by.

    Args:
        clip_id: Id of the clip, or of what must stay together, such as a video.

    Returns:
        A number from 0 to below 1 that depends on the id alone: a missing clip moves
        no other into another set.
    """
    digest = hashlib.sha256(clip_id.encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


def set_by_share(clip_id: str, valid: float, test: float = 0.0) -> str:
    """Return the set of a clip of a corpus that is published without that set.

    Args:
        clip_id: As for ``share_of``.
        valid: Share of validation.
        test: Share of test.

    Returns:
        ``train``, ``valid`` or ``test``.
    """
    share = share_of(clip_id)
    return "valid" if share < valid else "test" if share < valid + test else "train"


class CorpusTables:
    """Writes the tables of a corpus, and counts what it leaves out.

    Args:
        output_dir: Gets ``{train,valid,test}.tsv`` and ``missing.tsv``.
        find: Finds sounds.
        many_rows: Whether the list has a row for each caption of a clip; if not, an id
            that occurs twice is an error.
    """

    def __init__(self, output_dir: Path, find: Finder, many_rows: bool = False):
        self.output_dir = output_dir
        self.find = find
        self.many_rows = many_rows
        self.left_out: Counter[str] = Counter()
        self.listed: Counter[str] = Counter()
        self.written: Counter[str] = Counter()
        self._sought = ""
        self._known: dict[str, tuple[str, Path | None, set[int]]] = {}

    def write(
        self,
        items: Iterable[Listed],
        clip_of: ClipMaker,
    ) -> None:
        """Write the tables.

        Args:
            items: Items of the lists.
            clip_of: Makes the clip of an item; None leaves it out on purpose; a
                ``ValueError``, ``KeyError`` or ``TypeError`` says what is wrong.

        Raises:
            ValueError: If a set would have no clip.
        """
        paths = {name: self.output_dir / f"{name}.tsv" for name in SETS}
        with atomic_path(self.output_dir / MISSING) as temporary:
            with temporary.open("w", encoding="utf-8") as missing:
                missing.write("set\tid\tfile\n")
                write_tables(paths, self._rows(items, clip_of, missing), self._check)
        for name in SETS:
            logging.info(
                "%s: %d of %d listed clips",
                paths[name],
                self.written[name],
                self.listed[name],
            )
        for reason, count in sorted(self.left_out.items()):
            logging.info("left out, %s: %d", reason, count)

    def _check(self) -> None:
        """Refuse tables of which one would be empty, before they replace others."""
        for name in SETS:
            if not self.written[name]:
                sought = f", first {self._sought}" if self._sought else ""
                raise ValueError(
                    f"{name} would have none of its {self.listed[name]} listed clips; "
                    f"{self.left_out['faulty']} are faulty, "
                    f"{self.left_out['without sound']} have no sound{sought}; give the "
                    "folders of the corpus by --corpus and --audio"
                )

    def _rows(
        self, items: Iterable[Listed], clip_of: ClipMaker, missing: TextIO
    ) -> Iterator[tuple[str, TableRow]]:
        """Yield set and row of what can be used, and tell what cannot."""
        for place, values in items:
            name = "?"
            try:
                if isinstance(values, ValueError):
                    raise values
                name = str(values.get("id") or next(iter(values.values()), "?"))[:60]
                clip = clip_of(values)
                row = None if clip is None else self._row(clip, missing)
            except (ValueError, KeyError, TypeError) as error:
                self.left_out["faulty"] += 1
                why = f"it has no {error}" if isinstance(error, KeyError) else error
                logging.warning("%s, id %s: %s; left out", place, name, why)
                continue
            if clip is not None and row is not None:
                yield clip.set, row

    def _row(self, clip: Clip, missing: TextIO) -> TableRow | None:
        """Return the row of a clip, or None if it has no sound or nothing new."""
        captions = _checked(clip)
        if clip.id in self._known:
            name, path, seen = self._known[clip.id]
            if name != clip.set or not self.many_rows:
                raise ValueError(f"this id occurs twice, first in {name}")
            captions = [c for c in captions if hash(c) not in seen]
            if path is not None and not captions:
                self.left_out["repeated caption"] += 1
                return None
        else:
            path, seen = self._found(clip, missing), set()
            self._known[clip.id] = clip.set, path, seen
            self.written[clip.set] += path is not None
        if path is None:
            return None
        if self.many_rows:
            seen.update(hash(c) for c in captions)
        first, *others = captions or [""]
        return TableRow(
            clip.id,
            path,
            first,
            clip.transcript,
            clip.start,
            clip.end,
            clip.speaker,
            clip.label,
            tuple(others),
        )

    def _found(self, clip: Clip, missing: TextIO) -> Path | None:
        """Return the sound of a clip; list the clip if there is none."""
        self.listed[clip.set] += 1
        path = self.find(clip.names)
        if path is None:
            self._sought = self._sought or clip.names[0]
            self.left_out["without sound"] += 1
            missing.write(f"{clip.set}\t{clip.id}\t{clip.names[0]}\n")
        return path


def _checked(clip: Clip) -> list[str]:
    """Return the different captions of a clip; refuse what no table can hold."""
    refuse_bad_name("id", clip.id)
    if clip.end is not None and (clip.start or 0.0) >= clip.end:
        raise ValueError(f"it begins at {clip.start} s and ends at {clip.end} s")
    captions = list(dict.fromkeys(" ".join(c.split()) for c in clip.captions))
    if not all(captions):
        raise ValueError("its caption is empty")
    return captions


def corpus_parser(description: str | None, layout: str) -> argparse.ArgumentParser:
    """Return a parser with the options of every preparation script.

    Args:
        description: Docstring of the script.
        layout: What lies in the folder of the corpus.

    Returns:
        The parser.
    """
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--corpus", type=Path, required=True, help=f"folder with {layout}")
    add("--output_dir", type=Path, required=True, help="folder for the three tables")
    add("--audio", type=Path, help="folder of the sounds; default: that of --corpus")
    return parser
