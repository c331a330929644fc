"""Write a table of clips in the form of ``files/clip_table.py``."""

import contextlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from espnet2.gen_audio.files.atomic_file import atomic_path
from espnet2.gen_audio.files.clip_table import COLUMNS, NO_CAPTION, TableRow


def write_table(
    path: str | Path, rows: Iterable[TableRow], columns: Sequence[str] = COLUMNS
) -> int:
    """Write rows one by one, so that a large corpus is never completely in memory.

    Args:
        path: Table to write; it exists after the last row is written. Audio paths
            become absolute, so the table may be in any folder.
        rows: Clips; each gets a row for every caption. Runs of white space within a
            cell become one space.
        columns: What is written of them.

    Returns:
        Number of clips.

    Raises:
        ValueError: If a path contains a tab or a line break, which a table cannot
            contain.
    """
    return write_tables({"": Path(path)}, (("", row) for row in rows), columns=columns)[
        ""
    ]


def write_tables(
    paths: Mapping[str, Path],
    rows: Iterable[tuple[str, TableRow]],
    check: Callable[[], None] = lambda: None,
    columns: Sequence[str] = COLUMNS,
) -> Counter[str]:
    """Write the rows of several tables as they come.

    Args:
        paths: Tables to write, by name; they appear when the last row is written.
        rows: Name of the table and clip. Rows of one id may stand apart.
        check: Called after the last row; what it raises keeps older tables in place.
        columns: What is written of the clips.

    Returns:
        Number of rows written by name, not counting further captions.

    Raises:
        ValueError: As ``write_table``.
    """
    counts: Counter[str] = Counter({name: 0 for name in paths})
    with contextlib.ExitStack() as stack:
        files = {}
        for name, path in paths.items():
            temporary = stack.enter_context(atomic_path(path))
            files[name] = stack.enter_context(temporary.open("w", encoding="utf-8"))
            files[name].write("\t".join(columns) + "\n")
        for name, row in rows:
            for caption in row.captions:
                cells = _cells(replace(row, caption=caption or NO_CAPTION), columns)
                files[name].write("\t".join(cells) + "\n")
            counts[name] += 1
        check()
    return counts


def _cells(row: TableRow, columns: Sequence[str]) -> list[str]:
    audio = str(row.audio.absolute())
    if any(mark in audio for mark in "\t\n\r"):
        raise ValueError(
            f"the path {audio!r} of {row.id} contains a tab or a line break; rename it"
        )
    cells = []
    for name in columns:
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
