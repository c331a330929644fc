"""Read ``<id> <value>`` lines; the only reader of text, scp and request files.

UTF-8, with or without a byte order mark; lines end in LF or CR LF; id and value are
separated by spaces or tabs; blank lines are skipped, and a value of invisible
characters alone is empty. An id is used as a file name, so
it has no slash. Each error names the file and the line number.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from espnet2.gen_audio.files.visible_text import is_blank

_LONGEST_ID = 200  # bytes; file systems allow 255, including endings
_BLANKS = " \t"


class Line(NamedTuple):
    """One line of a file.

    Args:
        number: Its number in the file, from 1.
        text: The line without its end.
    """

    number: int
    text: str


def read_lines(path: str | Path) -> list[Line]:
    """Read the lines of a text file that are not blank.

    Args:
        path: File in UTF-8.

    Returns:
        Its lines, with their numbers in the file.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the file is not UTF-8, or a line contains a carriage return or a
            NUL character.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"there is no file {path}")
    content = path.read_bytes()
    try:
        text = content.decode("utf-8-sig")  # spreadsheets begin with a byte order mark
    except UnicodeDecodeError as error:
        number = content.count(b"\n", 0, error.start) + 1
        raise ValueError(
            f"{path}, line {number}: byte 0x{content[error.start]:02x} is not UTF-8; "
            "save the file with UTF-8 encoding"
        ) from None
    lines = []
    for number, line in enumerate(text.split("\n"), 1):
        line = line.removesuffix("\r")
        if "\r" in line:
            raise ValueError(
                f"{path}, line {number}: a carriage return is inside the line; "
                "save the file with line ends of Unix or Windows"
            )
        if "\0" in line:  # a phonemizer would end the text there
            raise ValueError(
                f"{path}, line {number}: a NUL character is inside the line; is "
                "this a text file?"
            )
        if not is_blank(line):
            lines.append(Line(number, line))
    return lines


def read_rows(path: str | Path) -> Iterator[tuple[int, str, str]]:
    """Read ``<id> <value>`` lines; an id may have several lines.

    Args:
        path: File; a value may contain spaces or be empty.

    Yields:
        Number of the line, id and value.

    Raises:
        ValueError: If a line begins with a space, or an id cannot be a file name.
    """
    for number, line in read_lines(path):
        if line[0].isspace():
            raise ValueError(
                f"{path}, line {number}: no id at the start of the line {line[:60]!r}; "
                "remove the space, or write '<id> <value>'"
            )
        end = min((line + mark).index(mark) for mark in _BLANKS)
        try:
            refuse_bad_name("id", line[:end])
        except ValueError as error:
            raise ValueError(f"{path}, line {number}: {error}") from None
        value = line[end:].strip()
        yield number, line[:end], "" if is_blank(value) else value


def read_keyed(path: str | Path) -> dict[str, str]:
    """Read a file of ``<id> <value>`` lines in which every id is unique.

    Args:
        path: File; a value may contain spaces or be empty.

    Returns:
        Values by id, in the order of the file.

    Raises:
        ValueError: If an id has two lines.
    """
    rows: dict[str, str] = {}
    places: dict[str, int] = {}
    for number, key, value in read_rows(path):
        if key in rows:
            raise ValueError(
                f"{path}, line {number}: id {key} occurs twice, first in line "
                f"{places[key]}; ids must be unique"
            )
        rows[key], places[key] = value, number
    return rows


def read_ids(path: str | Path) -> list[str]:
    """Read the first column of a file, for example a key file of one job.

    Args:
        path: File with an id at the start of each line.

    Returns:
        The ids in order.
    """
    return list(read_keyed(path))


def line_of(path: str | Path, key: str) -> int:
    """Return the line number of an id, for a message about its value.

    Args:
        path: File of ``<id> <value>`` lines.
        key: An id that is in it.

    Returns:
        The number of its first line.

    Raises:
        KeyError: If the id is in no line.
    """
    for number, found, _ in read_rows(path):
        if found == key:
            return number
    raise KeyError(f"{path} has no line for {key}")


def refuse_bad_name(what: str, name: str) -> None:
    """Refuse a name that cannot be the name of a file.

    Args:
        what: Kind of name, for the message.
        name: The name.

    Raises:
        ValueError: If it is empty, too long, begins with a dot or a minus, or contains
            a space, a slash or a non-printing character.
    """
    if not name:
        raise ValueError(f"the {what} is empty")
    bad = [c for c in name if c.isspace() or c in "/\\" or not c.isprintable()]
    if bad or name.startswith((".", "-")) or len(name.encode()) > _LONGEST_ID:
        raise ValueError(
            f"{what} {name[:60]!r} cannot be a file name: no spaces or slashes, no dot"
            f" or minus at the start, at most {_LONGEST_ID} bytes"
        )
