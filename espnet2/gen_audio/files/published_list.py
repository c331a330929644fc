"""Lists that corpora are published as: comma- or tab-separated files, and JSON.

Every item comes with its file and line, so that a fault can be told where it stands. A
faulty line does not stop the others: it comes as a ``ValueError`` in place of values.
"""

import csv
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from espnet2.gen_audio.files.plain_json import load_json

_LONGEST_CELL = (
    1 << 20
)  # characters; biographies of artists are longer than csv's limit


class Listed(NamedTuple):
    """One item of a list.

    Args:
        place: File and line (or number of the item) for messages.
        values: What it holds, by the name of the column; or why it cannot be read.
    """

    place: str
    values: Mapping[str, Any] | ValueError

    def also(self, **more: Any) -> "Listed":
        """Return the item with further values; one that cannot be read unchanged.

        Args:
            **more: Values by name, for example the set that the list is of.

        Returns:
            The item.
        """
        if isinstance(self.values, ValueError):
            return self
        return Listed(self.place, {**self.values, **more})


def read_csv(
    path: str | Path,
    columns: Sequence[str],
    delimiter: str = ",",
    header: bool = True,
    rest: str | None = None,
) -> Iterator[Listed]:
    """Read a list of separated values; lines that begin with ``#`` are passed over.

    Args:
        path: File in UTF-8, quoted as csv files are; with tabs, quotes are plain text.
        columns: Columns that the list must have; without a header, their order.
        delimiter: What separates them.
        header: Whether the first line names the columns.
        rest: Name of a list that gets the cells beyond the columns, where any may
            follow; None refuses them.

    Yields:
        The items in order.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the header lacks a column.
    """
    names = list(columns)
    csv.field_size_limit(_LONGEST_CELL)
    with _opened(Path(path)) as file:
        # a quote within tab-separated text is a quote
        quoting = csv.QUOTE_NONE if delimiter == "\t" else csv.QUOTE_MINIMAL
        lines = csv.reader(
            file, delimiter=delimiter, quoting=quoting, skipinitialspace=True
        )
        if header:
            names = [cell.strip() for cell in next(lines, [])]
            absent = [name for name in columns if name not in names]
            if absent:
                raise ValueError(
                    f"{path}, line 1: the header lacks {', '.join(absent)}; it has "
                    f"{', '.join(names)[:200]}"
                )
        while True:
            try:
                cells = next(lines, None)
            except csv.Error as error:
                cells = ValueError(str(error))
            if cells is None:
                return
            place = f"{path}, line {lines.line_num}"
            if isinstance(cells, ValueError):
                yield Listed(place, cells)
            elif any(cell.strip() for cell in cells) and not cells[0].startswith("#"):
                yield Listed(place, _values(cells, names, rest))


def read_json(path: str | Path, key: str | None = None) -> Iterator[Listed]:
    """Read a list of objects, or an object of objects.

    Args:
        path: JSON file in UTF-8; as a whole in memory.
        key: Name of the list, where an object holds it among others.

    Yields:
        The items in order; those of an object have their key as ``"key"``.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is neither a list nor an object.
    """
    content = json_content(path)
    if key is not None and isinstance(content, dict) and key in content:
        content = content[key]
    if not isinstance(content, list | dict):
        raise ValueError(f"{path} holds neither a list nor an object; fetch it again")
    items = content.items() if isinstance(content, dict) else enumerate(content, 1)
    for name, item in items:
        place = f"{path}, item {name}"
        if isinstance(item, dict):
            yield Listed(place, {"key": name, **item})
        else:
            yield Listed(place, ValueError(f"{str(item)[:40]!r} is no object"))


def json_content(path: str | Path) -> Any:
    """Read a JSON file.

    Args:
        path: File in UTF-8.

    Returns:
        What it holds.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is no JSON.
    """
    with _opened(Path(path)) as file:
        try:
            return load_json(file.read())
        except ValueError as error:
            raise ValueError(f"{path} is no JSON ({error}); fetch it again") from None


def _opened(path: Path) -> Any:
    if not path.is_file():
        raise FileNotFoundError(f"there is no list {path}; fetch it from the publisher")
    # bytes that are not UTF-8 make one line faulty, not the file
    return path.open(encoding="utf-8-sig", errors="surrogateescape", newline="")


def _values(
    cells: Sequence[str], names: Sequence[str], rest: str | None
) -> Mapping[str, Any] | ValueError:
    """Return the cells of a line by name, or what is wrong with it."""
    if any("\udc80" <= mark <= "\udcff" for cell in cells for mark in cell):
        return ValueError("not UTF-8")
    if len(cells) < len(names) or (rest is None and len(cells) > len(names)):
        return ValueError(f"the line has {len(cells)} columns, not {len(names)}")
    values: dict[str, Any] = {n: cell.strip() for n, cell in zip(names, cells)}
    if rest is not None:
        values[rest] = [cell.strip() for cell in cells[len(names) :]]
    return values
