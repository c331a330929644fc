"""A user's own corpus: one table with a row per clip.

Columns are separated by tabs and named in the first row: ``id``, ``audio`` (a path,
relative to the table's folder) and ``caption``; and, where wanted, ``transcript``
(what is spoken), ``start`` and ``end`` (seconds), ``speaker``, ``label`` (kind of
sound). Every error names the table and the row, counted as an editor counts lines.
"""

import math
from dataclasses import dataclass
from pathlib import Path

REQUIRED_COLUMNS = ("id", "audio", "caption")
OPTIONAL_COLUMNS = ("transcript", "start", "end", "speaker", "label")
_LONGEST_ID = 200  # an id becomes a file name; file systems allow 255 bytes


@dataclass(frozen=True)
class TableRow:
    """One clip of a table.

    Args:
        id: Unique name of the clip.
        audio: Sound file.
        caption: What is heard.
        transcript: What is spoken; empty when unknown.
        start: Where the clip begins in the file, in seconds.
        end: Where it ends, in seconds; None is the end of the file.
        speaker: Who speaks; empty when unknown.
        label: Kind of sound; empty when unknown.
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
        ValueError: At the first fault, with the file and the row.
        FileNotFoundError: If there is no table.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"there is no table {path}")
    lines = _read_lines(path)
    header = _read_header(path, lines[0])
    rows: dict[str, TableRow] = {}
    places: dict[str, int] = {}
    for number, line in enumerate(lines[1:], 2):
        if not line.strip():
            continue
        try:
            row = _parse_row(path.parent, header, line)
            if row.id in rows:
                raise ValueError(
                    f"id {row.id} stands in row {places[row.id]} already; ids must be"
                    " unique"
                )
        except ValueError as error:
            raise ValueError(f"{path}, row {number}: {error}") from None
        rows[row.id], places[row.id] = row, number
    if not rows:
        raise ValueError(f"{path} has a header but no rows")
    return list(rows.values())


def _read_lines(path: Path) -> list[str]:
    content = path.read_bytes()
    try:
        text = content.decode("utf-8-sig")  # spreadsheets put a mark before the text
    except UnicodeDecodeError as error:
        row = content.count(b"\n", 0, error.start) + 1
        raise ValueError(
            f"{path}, row {row}: not UTF-8; save the table with UTF-8 encoding"
        ) from None
    return [line.removesuffix("\r") for line in text.split("\n")]


def _read_header(path: Path, line: str) -> list[str]:
    names = [name.strip() for name in line.split("\t")]
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
    cells = line.split("\t")
    if len(cells) != len(header):
        raise ValueError(
            f"{len(cells)} columns where the header has {len(header)}"
            f" ({', '.join(header)}); columns are separated by tabs"
        )
    values = {name: " ".join(cell.split()) for name, cell in zip(header, cells)}
    values["audio"] = cells[header.index("audio")].strip()  # may hold double spaces
    _refuse_bad_name("id", values["id"])
    if values.get("speaker"):
        _refuse_bad_name("speaker", values["speaker"])
    if not values["caption"]:
        raise ValueError(f"the caption of {values['id']} is empty")
    start, end = (_seconds(name, values.get(name, "")) for name in ("start", "end"))
    if end is not None and (start or 0.0) >= end:
        raise ValueError(f"start {start or 0:g} is not before end {end:g} (seconds)")
    return TableRow(
        id=values["id"],
        audio=_existing_file(folder, values["audio"]),
        caption=values["caption"],
        transcript=values.get("transcript", ""),
        start=start,
        end=end,
        speaker=values.get("speaker", ""),
        label=values.get("label", ""),
    )


def _refuse_bad_name(what: str, name: str) -> None:
    if not name:
        raise ValueError(f"the {what} is empty")
    bad = [c for c in name if c.isspace() or c in "/\\" or not c.isprintable()]
    if bad or name.startswith((".", "-")) or len(name.encode()) > _LONGEST_ID:
        raise ValueError(
            f"{what} {name[:60]!r} cannot be a file name: no spaces or slashes, no dot"
            f" or minus at the start, at most {_LONGEST_ID} bytes"
        )


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


def _existing_file(folder: Path, cell: str) -> Path:
    if not cell:
        raise ValueError("the audio is empty; name a sound file")
    path = folder / cell
    if not path.is_file():
        raise ValueError(f"there is no audio file {path}")
    return path
