"""Read a long list in a JSON file item by item.

``json.load`` needs ten times the size of the file in memory, and the description of a
large corpus has gigabytes. Here one item is in memory at a time. The outermost value of
the file is an object, and the list is one of its values.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from espnet2.gen_audio.files.plain_json import once_each
from espnet2.gen_audio.files.regular_file import regular

_DECODER = json.JSONDecoder(object_pairs_hook=once_each)
_CHUNK = 1 << 20  # characters per read
_LONGEST = 1 << 26  # characters of an item; minutes of speech have thousands
_CUT = 16  # characters; numbers, words and escapes, which chunks may cut, are shorter


@dataclass(frozen=True)
class JsonItem:
    """One item of the list.

    Args:
        value: The parsed item.
        line: Number of its first line in the file, from 1.
        text: Its text in the file.
    """

    value: Any
    line: int
    text: str

    def line_of(self, part: str) -> int:
        """Return the line of the file with the first occurrence of a text in the item.

        Args:
            part: Any text; if the item does not contain it, the item's first line is
                returned.

        Returns:
            The line, from 1.
        """
        return self.line + self.text.count("\n", 0, max(self.text.find(part), 0))


def read_json_list(path: str | Path, key: str) -> Iterator[JsonItem]:
    """Read the items of one list.

    Args:
        path: JSON file in UTF-8, an object.
        key: Name of the list in that object.

    Yields:
        The items in order.

    Raises:
        ValueError: If the file is no such object, is truncated, or has no such list;
            the message has file and line.
    """
    with regular(path).open(encoding="utf-8-sig") as file:
        window = _Window(file)
        try:
            yield from _items(window, key)
        except UnicodeDecodeError as error:
            raise ValueError(f"{path} is not UTF-8 ({error.reason})") from error
        except _Fault as fault:
            raise ValueError(f"{path}, line {window.line}: {fault}") from None


class _Fault(Exception):
    """A fault at the current position of the window."""


class _Window:
    """The part of the file that is being read."""

    def __init__(self, file: TextIO):
        self.file = file
        self.text = ""
        self.at = 0  # index of the next value or mark
        self.line = 1  # line number of ``at``

    def more(self) -> bool:
        """Drop the text before ``at`` and read more.

        Returns:
            Whether there was more; False at the end of the file.

        Raises:
            _Fault: If an item is too long.
        """
        rest = self.text[self.at :]
        if len(rest) > _LONGEST:
            raise _Fault(f"an item has more than {_LONGEST} characters")
        # at least double the text, so that a long item is parsed a few times only
        added = self.file.read(max(_CHUNK, len(rest)))
        self.text, self.at = rest + added, 0
        return bool(added)

    def go(self, place: int) -> None:
        """Move ``at`` forward, and count lines."""
        self.line += self.text.count("\n", self.at, place)
        self.at = place

    def peek(self) -> str:
        """Skip white space and return the next character; an empty text at the end."""
        while True:
            rest = self.text[self.at : self.at + 1]
            if rest and not rest.isspace():
                return rest
            if rest:
                self.go(self.at + 1)
            elif not self.more():
                return ""

    def take(self, marks: str) -> str:
        """Read one mark.

        Args:
            marks: Accepted marks.

        Returns:
            The mark.

        Raises:
            _Fault: If the next character is no accepted mark.
        """
        mark = self.peek()
        if not mark or mark not in marks:
            found = repr(mark) if mark else "the end of the file"
            raise _Fault(f"{found} in place of one of {' '.join(marks)}; is it whole?")
        self.go(self.at + 1)
        return mark

    def value(self) -> tuple[Any, int, str]:
        """Read one value.

        Returns:
            The value, the number of its first line, and its text.

        Raises:
            _Fault: If it is no JSON, or the file ends within it.
        """
        self.peek()
        while True:
            try:
                value, end = _DECODER.raw_decode(self.text, self.at)
                fault = None if end < len(self.text) else "it may go on"
            except json.JSONDecodeError as error:
                fault, cut = error.msg, error.pos > len(self.text) - _CUT
                if not cut and not fault.startswith("Unterminated string"):
                    raise _Fault(f"no JSON: {fault}") from None
                end = None
            except (RecursionError, ValueError) as error:
                raise _Fault(f"no JSON that is read: {error}") from None
            if fault is None or not self.more():
                break
        if end is None:
            raise _Fault("the file ends within this item; download it again")
        line, text = self.line, self.text[self.at : end]
        self.go(end)
        return value, line, text


def _items(window: _Window, key: str) -> Iterator[JsonItem]:
    window.take("{")
    mark = "" if window.peek() != "}" else window.take("}")
    while mark != "}":
        name = window.value()[0]
        window.take(":")
        if name == key and window.peek() == "[":
            yield from _list_items(window)
            return
        window.value()
        mark = window.take(",}")
    raise _Fault(f"the object ends without a list {key!r}")


def _list_items(window: _Window) -> Iterator[JsonItem]:
    window.take("[")
    mark = "" if window.peek() != "]" else window.take("]")
    while mark != "]":
        yield JsonItem(*window.value())
        mark = window.take(",]")
