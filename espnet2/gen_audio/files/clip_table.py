"""A user's own corpus: one table with a row per clip, or per caption of a clip.

Columns are separated by tabs and named in the first row: ``id``, ``audio`` (a path,
relative to the table's folder) and ``caption``; and, optionally, ``transcript`` (the
words spoken), ``start`` and ``end`` (seconds), ``speaker``, ``label`` (class of the
sound), ``weight`` (how often training visits the clip; 1 if absent). A clip with
several captions has a row for each caption, all with its id; these rows differ in the
caption only. The caption ``<none>`` states that a clip has none: the clip trains
AudioMAE, VAE, vocoder and diffusion model, but not GPT-2. A cell may be quoted as by
spreadsheets and pandas: ``"a ""b"" c"`` means ``a "b" c``. Every error names the table
and the row, with the line number of an editor.
"""

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from espnet2.gen_audio.files.keyed_text import read_lines, refuse_bad_name
from espnet2.gen_audio.files.plain_number import number_from_zero
from espnet2.gen_audio.files.regular_file import regular
from espnet2.gen_audio.files.visible_text import is_blank

REQUIRED_COLUMNS = ("id", "audio", "caption")
OPTIONAL_COLUMNS = ("transcript", "start", "end", "speaker", "label")
COLUMNS = (*REQUIRED_COLUMNS, *OPTIONAL_COLUMNS)
WEIGHT = "weight"  # written only where tables are mixed
# a quoted cell, in which two quotes mean one, or any other cell; then a tab or the end
_CELL = re.compile(r'(?:"((?:[^"]|"")*)"|([^\t]*))(\t|\Z)')
NO_CAPTION = "<none>"  # caption of a clip without a caption
_SHOWN = 10  # rows at fault that a message lists


@dataclass(frozen=True)
class TableRow:
    """One clip of a table.

    Args:
        id: Unique name of the clip.
        audio: Sound file, which may be missing, see ``missing_audio``.
        caption: Description of the sound; empty if it has none.
        transcript: The words spoken; empty if unknown.
        start: Start of the clip in the file, in seconds.
        end: End of the clip, in seconds; None means the end of the file.
        speaker: Name of the speaker; empty if unknown.
        label: Class of the sound; empty if unknown.
        further_captions: Other descriptions of the clip.
        weight: How often training visits the clip, relative to others.
    """

    id: str
    audio: Path
    caption: str
    transcript: str = ""
    start: float | None = None
    end: float | None = None
    speaker: str = ""
    label: str = ""
    further_captions: tuple[str, ...] = ()
    weight: float = 1.0

    @property
    def captions(self) -> tuple[str, ...]:
        """All descriptions of the clip, the first of the table first."""
        return (self.caption, *self.further_captions)


def read_table(path: str | Path) -> list[TableRow]:
    """Read and check a table.

    Args:
        path: Table in UTF-8, columns separated by tabs.

    Returns:
        Its clips in order, rows of one id joined; empty lines are left out.

    Raises:
        ValueError: If rows have faults; the message has the file, the first fault and
            the numbers of other rows.
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
                row = _with_caption(rows[row.id], row, places[row.id])
            rows[row.id] = row
            places.setdefault(row.id, number)
        except ValueError as error:
            faults[number] = str(error)
    if faults:
        raise ValueError(f"{path}, {_summary_of(faults)}")
    if not rows:
        raise ValueError(f"{path} has a header but no rows; add a row for each clip")
    return list(rows.values())


def _with_caption(clip: TableRow, row: TableRow, place: int) -> TableRow:
    """Return a clip with the caption of a further row of its id.

    Args:
        clip: The rows before.
        row: The further row.
        place: Number of the clip's first row.

    Returns:
        The clip with one more caption.

    Raises:
        ValueError: If the row is of another clip, or repeats a caption.
    """
    alike = replace(clip, caption=row.caption, further_captions=())
    if alike != row:
        names = [n for n in (*COLUMNS, WEIGHT) if getattr(alike, n) != getattr(row, n)]
        raise ValueError(
            f"id {row.id} is in row {place} already, with another "
            f"{' and '.join(names)}; ids must be unique, only further captions of one "
            "clip repeat its id"
        )
    if not (row.caption and clip.caption):
        raise ValueError(
            f"id {row.id} is in row {place} already; {NO_CAPTION} is for a clip "
            "with one row"
        )
    if row.caption in clip.captions:
        raise ValueError(
            f"id {row.id} is in row {place} already, with this caption; take the "
            "row away"
        )
    return replace(clip, further_captions=(*clip.further_captions, row.caption))


def missing_audio(rows: Iterable[TableRow]) -> list[TableRow]:
    """Return the rows whose sound file does not exist.

    Args:
        rows: Rows of a table.

    Returns:
        The rows without a file, in order.
    """
    return [row for row in rows if not os.path.isfile(row.audio)]


def _summary_of(faults: dict[int, str]) -> str:
    """Return the first fault, and the row numbers of all others."""
    (first, fault), *others = faults.items()
    if not others:
        return f"row {first}: {fault}"
    numbers = ", ".join(str(number) for number, _ in others[:_SHOWN])
    more = " and so on" if len(others) > _SHOWN else ""
    return f"row {first}: {fault} (and {len(others)} more faulty rows: {numbers}{more})"


def cells_of(line: str) -> list[str]:
    """Split a row at its tabs, and remove the quotes of quoted cells.

    A quote that does not enclose a whole cell is part of the text.

    Args:
        line: Row without line end.

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
    accepted = (*COLUMNS, WEIGHT)
    problems = [f"{n!r} is unknown" for n in names if n not in accepted]
    problems += [f"{n!r} occurs twice" for n in accepted if names.count(n) > 1]
    problems += [f"{n!r} is missing" for n in REQUIRED_COLUMNS if n not in names]
    if problems:
        hint = "; columns are separated by tabs" if "\t" not in line else ""
        raise ValueError(
            f"{path}, row 1: in the header column {', '.join(problems)}; required:"
            f" {', '.join(REQUIRED_COLUMNS)}; optional: {', '.join(accepted[3:])}"
            f"{hint}"
        )
    return names


def _parse_row(folder: Path, header: list[str], line: str) -> TableRow:
    cells = cells_of(line)
    if len(cells) != len(header):
        raise ValueError(
            f"{len(cells)} columns where the header has {len(header)}"
            f" ({', '.join(header)}); columns are separated by tabs, and no cell has"
            " a line break"
        )
    values = {name: " ".join(cell.split()) for name, cell in zip(header, cells)}
    values["audio"] = cells[header.index("audio")].strip()  # may have double spaces
    # invisible characters alone (U+200B) are an empty cell
    values |= {name: "" for name, cell in values.items() if is_blank(cell)}
    _refuse_bad_texts(values)
    start, end, weight = (
        _number(name, values.get(name, "")) for name in ("start", "end", WEIGHT)
    )
    if end is not None and (start or 0.0) >= end:
        raise ValueError(f"start {start or 0:g} is not before end {end:g} (seconds)")
    return TableRow(
        id=values["id"],
        audio=folder / values["audio"],
        caption="" if values["caption"] == NO_CAPTION else values["caption"],
        transcript=values.get("transcript", ""),
        start=start,
        end=end,
        speaker=values.get("speaker", ""),
        label=values.get("label", ""),
        weight=1.0 if weight is None else weight,
    )


def _refuse_bad_texts(values: Mapping[str, str]) -> None:
    """Refuse a row without sound file or caption, or with invalid names."""
    if not values["audio"]:
        raise ValueError(f"the audio is empty, of {values['id']}; name a sound file")
    refuse_bad_name("id", values["id"])
    if values.get("speaker"):
        refuse_bad_name("speaker", values["speaker"])
    if not values["caption"]:
        raise ValueError(
            f"the caption of {values['id']} is empty; describe the sound, or write "
            f"{NO_CAPTION} if it has none"
        )


def _number(name: str, cell: str) -> float | None:
    if not cell:
        return None
    value = number_from_zero(cell)
    if value is None:
        unit = "" if name == WEIGHT else " of seconds"
        raise ValueError(f"{name} {cell!r} is not a number{unit} from 0 on")
    return value
