"""Values of a long file of ``<id> <value>`` lines, read at each access.

A dictionary of two million lines takes half a gigabyte in every process, more where
worker processes count references in it. Here 24 bytes a line stay in memory, in arrays
that forked processes share; the text stays in the file.
"""

import os
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from espnet2.gen_audio.files.regular_file import regular

_LONGEST_LINE = 1 << 24  # bytes; a line of all captions of a clip is far shorter


class ListedRows(Mapping):
    """The values of a file by id.

    Args:
        path: File in UTF-8 of ``<id> <value>`` lines; blank lines are skipped. It must
            not change while the rows are used.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If an id occurs twice, or a line is not UTF-8 or too long.
    """

    def __init__(self, path: str | Path):
        self.path = regular(path)
        hashes, starts = array("q"), array("q")
        for start, key in self._ids():
            hashes.append(hash(key))
            starts.append(start)
        self._starts = np.frombuffer(starts, np.int64) if starts else np.zeros(0, "i8")
        found = np.frombuffer(hashes, np.int64) if hashes else np.zeros(0, "i8")
        self._order = np.argsort(found, kind="stable").astype(np.uint32)
        self._hashes = found[self._order]
        self._file = self.path.open("rb", buffering=0)
        self._refuse_repeated()

    def __reduce__(self):
        """Read the file again in another process, where hashes are others."""
        return type(self), (self.path,)

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self._starts)

    def __iter__(self) -> Iterator[str]:
        """Yield the ids in the order of the file."""
        return (key for _, key in self._ids())

    def __contains__(self, key: object) -> bool:
        """Return whether there is a row of this id."""
        return self._find(key) is not None

    def __getitem__(self, key: str) -> str:
        """Return the value of an id; it may be empty."""
        value = self._find(key)
        if value is None:
            raise KeyError(f"{self.path} has no line for {key}")
        return value

    def _find(self, key: object) -> str | None:
        """Return the value of an id, or None."""
        wanted = hash(key)
        place = int(np.searchsorted(self._hashes, wanted))
        while place < len(self._hashes) and self._hashes[place] == wanted:
            found, value = self._row(int(self._order[place]))
            if found == key:
                return value
            place += 1
        return None

    def _row(self, number: int) -> tuple[str, str]:
        """Return id and value of one row."""
        start = int(self._starts[number])
        end = start + _LONGEST_LINE
        if number + 1 < len(self._starts):
            end = int(self._starts[number + 1])
        # a read at a place does not disturb other processes with the same open file
        line = os.pread(self._file.fileno(), end - start, start).partition(b"\n")[0]
        words = line.decode("utf-8").rstrip().split(maxsplit=1)
        return words[0] if words else "", words[1] if len(words) > 1 else ""

    def _ids(self) -> Iterator[tuple[int, str]]:
        """Yield place in the file and id of every row."""
        place = 0
        with self.path.open("rb") as file:
            longest = iter(lambda: file.readline(_LONGEST_LINE), b"")
            for number, line in enumerate(longest, 1):
                if len(line) == _LONGEST_LINE:
                    raise ValueError(
                        f"{self.path}, line {number} has {_LONGEST_LINE} bytes or more;"
                        " is this a text file?"
                    )
                try:
                    words = line.decode("utf-8").split(None, 1)
                except UnicodeDecodeError as error:
                    raise ValueError(
                        f"{self.path}, line {number}: byte 0x{line[error.start]:02x} is"
                        " not UTF-8; save the file with UTF-8 encoding"
                    ) from None
                if words:
                    yield place, words[0]
                place += len(line)

    def _refuse_repeated(self) -> None:
        """Refuse an id with two lines; other ids of equal hash are told apart."""
        for place in np.flatnonzero(self._hashes[1:] == self._hashes[:-1]):
            same = self._hashes == self._hashes[place]
            keys = [self._row(int(number))[0] for number in self._order[same]]
            for key in keys:
                if keys.count(key) > 1:
                    raise ValueError(
                        f"{self.path}: id {key} occurs twice; ids must be unique"
                    )


class PackedTexts(Sequence):
    """Many short texts in one block of memory.

    Args:
        texts: The texts.
    """

    def __init__(self, texts: Iterable[str]):
        block, ends = bytearray(), array("q", [0])
        for text in texts:
            block += text.encode("utf-8")
            ends.append(len(block))
        self._block = bytes(block)
        self._ends = np.frombuffer(ends, np.int64)

    def __len__(self) -> int:
        """Return the number of texts."""
        return len(self._ends) - 1

    def __getitem__(self, number: int | slice) -> str | list[str]:
        """Return one text, or some."""
        if isinstance(number, slice):
            return [self[place] for place in range(*number.indices(len(self)))]
        if not 0 <= number < len(self):
            raise IndexError(f"text {number} of {len(self)}")
        start, end = self._ends[number], self._ends[number + 1]
        return str(self._block[start:end], "utf-8")
