"""A user's own corpus: one table with a row per clip.

Columns are separated by tabs and named in the first row: ``id``, ``audio`` (a path,
relative to the table's folder) and ``caption``; and, where wanted, ``transcript``
(the words spoken), ``start`` and ``end`` (seconds), ``speaker``, ``label`` (class of
the sound). A cell may be quoted as spreadsheets and pandas do: ``"a ""b"" c"`` reads
``a "b" c``. Every error names the table and the row, counted as an editor counts lines.
"""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from espnet2.gen_audio.files.keyed_text import read_lines, refuse_bad_name
from espnet2.gen_audio.files.regular_file import regular

REQUIRED_COLUMNS = ("id", "audio", "caption")
OPTIONAL_COLUMNS = ("transcript", "start", "end", "speaker", "label")
# a quoted cell, in which two quotes are one, or any other; then a tab or the end
_CELL = re.compile(r'(?:"((?:[^"]|"")*)"|([^\t]*))(\t|\Z)')
_SHOWN = 10  # rows at fault that a message lists


@dataclass(frozen=True)
class TableRow:
    """One clip of a table.

    Args:
        id: Unique name of the clip.
        audio: Sound file; whether it exists is not looked at, see ``missing_audio``.
        caption: Description of the sound.
        transcript: The words spoken; empty when unknown.
        start: Where the clip begins in the file, in seconds.
        end: Where it ends, in seconds; None is the end of the file.
        speaker: Name of the speaker; empty when unknown.
        label: Class of the sound; empty when unknown.
    """

    id: str
    audio: Path
    caption: str
    transcript: str = ""
    start: float | None = None
    end: float | None = None
    speaker: str = ""
    label: str = ""


def read_table(path: str | Path) -> list[TableRow]:
    """Read and check a table.

    Args:
        path: Table in UTF-8, columns separated by tabs.

    Returns:
        Its rows in order; empty lines are passed over.

    Raises:
        ValueError: If rows are at fault, with the file, the first and the numbers of
            the others.
        FileNotFoundError: If there is no table.
    """
    path = regular(path)
    if not path.is_file():
        raise FileNotFoundError(f"there is no table {path}")
    lines = read_lines(path)
    header = _read_header(path, next((line.text for line in lines), ""))
    rows: dict[str, TableRow] = {}
    places: dict[str, int] = {}
    faults: dict[int, str] = {}
    for number, line in lines:
        try:
            row = _parse_row(path.parent, header, line)
            if row.id in rows:
                raise ValueError(
                    f"id {row.id} stands in row {places[row.id]} already; ids must be"
                    " unique"
                )
            rows[row.id], places[row.id] = row, number
        except ValueError as error:
            faults[number] = str(error)
    if faults:
        raise ValueError(f"{path}, {_summary_of(faults)}")
    if not rows:
        raise ValueError(f"{path} has a header but no rows; add a row for each clip")
    return list(rows.values())


def missing_audio(rows: Iterable[TableRow]) -> list[TableRow]:
    """Return the rows whose sound file does not exist.

    Args:
        rows: Rows of a table.

    Returns:
        Those without a file, in their order.
    """
    return [row for row in rows if not row.audio.is_file()]


def _summary_of(faults: dict[int, str]) -> str:
    """Write the first fault, and where the others are."""
    (first, fault), *others = faults.items()
    if not others:
        return f"row {first}: {fault}"
    numbers = ", ".join(str(number) for number, _ in others[:_SHOWN])
    more = " and so on" if len(others) > _SHOWN else ""
    return (
        f"row {first}: {fault} (and {len(others)} more rows at fault: {numbers}{more})"
    )


def cells_of(line: str) -> list[str]:
    """Split a row at its tabs, and take the quotes of quoted cells away.

    A quote that does not enclose a whole cell is part of the text.

    Args:
        line: Row without its line end.

    Returns:
        The cells.
    """
    cells, place, border = [], 0, "\t"
    while border:
        found = _CELL.match(line, place)
        quoted, plain, border = found.groups()
        cells.append(plain if quoted is None else quoted.replace('""', '"'))
        place = found.end()
    return cells


def _read_header(path: Path, line: str) -> list[str]:
    names = [name.strip() for name in cells_of(line)]
    accepted = (*REQUIRED_COLUMNS, *OPTIONAL_COLUMNS)
    problems = [f"{n!r} is unknown" for n in names if n not in accepted]
    problems += [f"{n!r} stands twice" for n in accepted if names.count(n) > 1]
    problems += [f"{n!r} is missing" for n in REQUIRED_COLUMNS if n not in names]
    if problems:
        hint = "; columns are separated by tabs" if "\t" not in line else ""
        raise ValueError(
            f"{path}, row 1: in the header column {', '.join(problems)}; required:"
            f" {', '.join(REQUIRED_COLUMNS)}; optional: {', '.join(OPTIONAL_COLUMNS)}"
            f"{hint}"
        )
    return names


def _parse_row(folder: Path, header: list[str], line: str) -> TableRow:
    cells = cells_of(line)
    if len(cells) != len(header):
        raise ValueError(
            f"{len(cells)} columns where the header has {len(header)}"
            f" ({', '.join(header)}); columns are separated by tabs, and no cell holds"
            " a line break"
        )
    values = {name: " ".join(cell.split()) for name, cell in zip(header, cells)}
    values["audio"] = cells[header.index("audio")].strip()  # may hold double spaces
    _refuse_bad_texts(values)
    start, end = (_seconds(name, values.get(name, "")) for name in ("start", "end"))
    if end is not None and (start or 0.0) >= end:
        raise ValueError(f"start {start or 0:g} is not before end {end:g} (seconds)")
    return TableRow(
        id=values["id"],
        audio=folder / values["audio"],
        caption=values["caption"],
        transcript=values.get("transcript", ""),
        start=start,
        end=end,
        speaker=values.get("speaker", ""),
        label=values.get("label", ""),
    )


def _refuse_bad_texts(values: Mapping[str, str]) -> None:
    """Refuse a row without sound file or caption, or names that are none."""
    if not values["audio"]:
        raise ValueError(f"the audio is empty, of {values['id']}; name a sound file")
    refuse_bad_name("id", values["id"])
    if values.get("speaker"):
        refuse_bad_name("speaker", values["speaker"])
    if not values["caption"]:
        raise ValueError(f"the caption of {values['id']} is empty; describe the sound")


def _seconds(name: str, cell: str) -> float | None:
    if not cell:
        return None
    try:
        value = float(cell)
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or value < 0:
        raise ValueError(f"{name} {cell!r} is not a number of seconds from 0 up")
    return value
