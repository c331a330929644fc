"""The list of clips that were left out, with the reason for each.

``rejects.tsv`` has a header and three columns separated by tabs: id, file, reason.
It is also written if no clip was left out: without the file, the stage did not run.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from espnet2.gen_audio.files.atomic_file import write_text

NAME = "rejects.tsv"
_AGAIN = "run the stage that wrote it with --force true"
_HEADER = "id\tfile\treason"


class Reject(NamedTuple):
    """One clip that was left out.

    Args:
        id: Utterance id.
        file: Sound file.
        reason: Reason.
    """

    id: str
    file: str
    reason: str


def read_rejects(folder: str | Path) -> list[Reject]:
    """Read the list of a data folder.

    Args:
        folder: Data folder.

    Returns:
        The clips that were left out; empty if there is no list.

    Raises:
        ValueError: If the list is not UTF-8, or a line does not have three columns.
    """
    path = Path(folder) / NAME
    if not path.is_file():
        return []
    rejects = []
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError as error:
        raise ValueError(
            f"{path} is not UTF-8 ({error.reason} at byte {error.start}); {_AGAIN}"
        ) from error
    for number, line in enumerate(lines[1:], 2):
        cells = line.split("\t")
        if len(cells) != 3:
            raise ValueError(
                f"{path}, row {number}: {len(cells)} columns, not the three id, file"
                f" and reason: {line!r}; {_AGAIN}"
            )
        rejects.append(Reject(*cells))
    return rejects


def write_rejects(folder: str | Path, rejects: Iterable[Reject]) -> None:
    """Write the list of a data folder, sorted and without repetition.

    Args:
        folder: Data folder.
        rejects: The clips left out.
    """
    rows = sorted(set(rejects), key=lambda row: [cell.encode() for cell in row])
    clean = ("\t".join(" ".join(cell.split()) for cell in row) for row in rows)
    write_text(Path(folder) / NAME, "\n".join((_HEADER, *clean)) + "\n")
