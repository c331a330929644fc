"""Check a Kaldi index of matrices before anything opens it.

kaldiio runs an entry that ends in ``|`` as a command, and unpickles an archive whose
entry begins with ``PKL``. An index may come from another person, so only offsets in
binary archives of numbers are accepted. Lines are split as in kaldiio, and an entry for
which kaldiio could open another file than this check is refused.
"""

import re
from collections.abc import Iterator
from pathlib import Path

# kaldiio reads an invalid range as a part of the file's name
_RANGE = r"\[[0-9]{1,9}:[0-9]{1,9}(?:,[0-9]{1,9}:[0-9]{1,9})?\]"
_PLACE = re.compile(
    rf"(?P<file>[^|\[\]]*[^|\[\]\s]):(?P<offset>[0-9]{{1,18}})(?:{_RANGE})?"
)
# "\0B", then F(loat), D(ouble) or C(ompressed), then M(atrix) or V(ector); Kaldi's
# matrix/kaldi-matrix.cc and matrix/compressed-matrix.cc
_NUMBERS = re.compile(rb"\x00B(?:[FD][MV] |CM[ 23])")
_HEADER_BYTES = 5


def check_matrix_index(scp: Path | str) -> None:
    """Refuse an index with an entry that runs a command or unpickles a file.

    Args:
        scp: Index with lines ``id file:offset``.

    Raises:
        ValueError: If an entry is no offset in an archive, or there is no matrix at the
            offset.
        FileNotFoundError: If an archive does not exist.
    """
    archive, opened = None, None
    try:
        for line, name, place in _entries(Path(scp)):
            if archive != place["file"]:
                if opened is not None:
                    opened.close()
                archive, opened = place["file"], open(place["file"], "rb")
            opened.seek(int(place["offset"]))
            if not _NUMBERS.match(opened.read(_HEADER_BYTES)):
                raise ValueError(
                    f"{scp}, line {line}, {name}: {place[0]} is no binary Kaldi matrix "
                    "(pickles, sounds and texts are not read); dump it again"
                )
    finally:
        if opened is not None:
            opened.close()


def _entries(scp: Path) -> Iterator[tuple[int, str, re.Match]]:
    """Yield line number, id and match of every entry."""
    with scp.open(encoding="utf-8", errors="surrogateescape") as lines:
        for number, line in enumerate(lines, 1):
            name, text = (*line.split(None, 1), "", "")[:2]
            text = text.rstrip()
            place = _PLACE.fullmatch(text)
            if place is None:
                raise ValueError(
                    f"{scp}, line {number}, {name}: {text!r} was given, but only "
                    "'file:offset' is read; commands ('... |') are not run"
                )
            yield number, name, place
