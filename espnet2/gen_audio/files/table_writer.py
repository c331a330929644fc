"""Write a table of clips in the form of ``files/table.py``."""

from collections.abc import Iterable
from pathlib import Path

from espnet2.gen_audio.files.atomic_file import atomic_path
from espnet2.gen_audio.files.table import OPTIONAL_COLUMNS, REQUIRED_COLUMNS, TableRow

COLUMNS = (*REQUIRED_COLUMNS, *OPTIONAL_COLUMNS)


def write_table(path: str | Path, rows: Iterable[TableRow]) -> int:
    """Write rows one by one, so that a large corpus is never completely in memory.

    Args:
        path: Table to write; it exists after the last row is written. Audio paths
            become absolute, so the table may be in any folder.
        rows: Clips. Runs of white space within a cell become one space.

    Returns:
        Number of rows.

    Raises:
        ValueError: If a path contains a tab or a line break, which a table cannot
            contain.
    """
    count = 0
    with atomic_path(path) as temporary, temporary.open("w", encoding="utf-8") as file:
        file.write("\t".join(COLUMNS) + "\n")
        for row in rows:
            file.write("\t".join(_cells(row)) + "\n")
            count += 1
    return count


def _cells(row: TableRow) -> list[str]:
    audio = str(row.audio.absolute())
    if any(mark in audio for mark in "\t\n\r"):
        raise ValueError(
            f"the path {audio!r} of {row.id} contains a tab or a line break; rename it"
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
    """Quote a cell that would otherwise be read as a quoted cell."""
    return '"' + cell.replace('"', '""') + '"' if cell.startswith('"') else cell
