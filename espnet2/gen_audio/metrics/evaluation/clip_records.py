"""Records of clips in columns: a number takes eight bytes, not an object.

A run has one record for each clip of each row of the table. They are added a row at a
time, and given back as dictionaries, one at a time.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from espnet2.gen_audio.metrics.evaluation.row_scorer import Record

_ABSENT = object()


class ClipRecords(Sequence[Record]):
    """Records in the order in which they were added.

    Args:
        blocks: Records of each row of the table; those of one row have mostly the same
            keys.
    """

    def __init__(self, blocks: Iterable[Sequence[Record]] = ()):
        self._blocks: list[tuple[int, dict[str, Sequence[Any]]]] = []
        for block in blocks:
            self.add(block)

    def add(self, records: Sequence[Record]) -> None:
        """Add the records of one row of the table.

        Args:
            records: One record per clip.
        """
        keys = dict.fromkeys(key for one in records for key in one)
        columns = {k: _column([one.get(k, _ABSENT) for one in records]) for k in keys}
        self._blocks.append((len(records), columns))

    def __len__(self) -> int:
        """Return the number of records."""
        return sum(count for count, _ in self._blocks)

    def __iter__(self) -> Iterator[Record]:
        """Yield the records."""
        for count, columns in self._blocks:
            for row in range(count):
                yield _record(columns, row)

    def __getitem__(self, place: Any) -> Any:
        """Return the record at a place, or the records of a slice as a list."""
        if isinstance(place, slice):
            return [self[one] for one in range(*place.indices(len(self)))]
        row = place if place >= 0 else len(self) + place
        for count, columns in self._blocks:
            if 0 <= row < count:
                return _record(columns, row)
            row -= count
        raise IndexError(f"there are {len(self)} records, none at {place}")


def _column(values: list[Any]) -> Sequence[Any]:
    """Return numbers as an array, one text for all as such, and others as a list."""
    if all(type(one) is float for one in values):
        return np.array(values)
    if all(one is values[0] for one in values):
        return _Same(values[0])
    return values


class _Same(Sequence[Any]):
    """The same value for every clip."""

    def __init__(self, value: Any):
        self._value = value

    def __len__(self) -> int:
        return 1

    def __getitem__(self, row: Any) -> Any:
        return self._value


def _record(columns: dict[str, Sequence[Any]], row: int) -> Record:
    found = {key: column[row] for key, column in columns.items()}
    return {
        key: float(value) if isinstance(value, np.float64) else value
        for key, value in found.items()
        if value is not _ABSENT
    }
