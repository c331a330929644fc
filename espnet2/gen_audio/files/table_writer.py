"""Write a table of clips, the form that ``files/table.py`` reads."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from espnet2.gen_audio.files.atomic_file import atomic_path
from espnet2.gen_audio.files.table import COLUMNS, TableRow


def write_table(path: str | Path, rows: Iterable[TableRow]) -> int:
    """Write rows one by one, so that a large corpus is never in memory as a whole.

    Args:
        path: Table to write; it appears when the last row is written. Audio paths are
            made absolute, so the table may lie anywhere.
        rows: Clips; each gets a row for every caption. Runs of white space within a
            cell become one space.

    Returns:
        Number of clips.

    Raises:
        ValueError: If a path holds a tab or a line break, which no table can.
    """
    count = 0
    with atomic_path(path) as temporary, temporary.open("w", encoding="utf-8") as file:
        file.write("\t".join(COLUMNS) + "\n")
        for row in rows:
            for caption in row.captions:
                file.write("\t".join(_cells(replace(row, caption=caption))) + "\n")
            count += 1
    return count


def _cells(row: TableRow) -> list[str]:
    audio = str(row.audio.absolute())
    if any(mark in audio for mark in "\t\n\r"):
        raise ValueError(
            f"the path {audio!r} of {row.id} holds a tab or a line break; rename it"
        )
    cells = []
    for name in COLUMNS:
        value = getattr(row, name)
        if name == "audio":
            cells.append(_quoted(audio))
        elif isinstance(value, float):
            cells.append(f"{value:.6f}".rstrip("0").rstrip("."))
        else:
            cells.append(_quoted(" ".join((value or "").split())))
    return cells


def _quoted(cell: str) -> str:
    """Quote a cell that would otherwise be read as a quoted one."""
    return '"' + cell.replace('"', '""') + '"' if cell.startswith('"') else cell
