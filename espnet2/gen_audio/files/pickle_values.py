"""What a scan of a pickle knows of a value, and the stream that it reads."""

import io
from typing import BinaryIO

NO_SIZE = 1 << 62


class Value:
    """What the scan knows of a value.

    Args:
        size: How many values it contains.
        items: Which it contains directly, as far as it is a tuple.
        grows: Whether it is a list, dictionary or set.
        text: The text itself, if the pickle spells it out.
        name: Name of a class or function; of a result, the name that was called.
    """

    __slots__ = ("size", "items", "grows", "text", "name")

    def __init__(
        self,
        size: int = 1,
        items: tuple["Value", ...] = (),
        grows: bool = False,
        text: str | None = None,
        name: str = "",
    ):
        self.size, self.items, self.grows = size, items, grows
        self.text, self.name = text, name


PLAIN = Value()  # a number, a name, a short text, the result of a call


class BoundedStream(io.RawIOBase):
    """Reads a stream up to a number of bytes, and no more than are there."""

    def __init__(self, stream: BinaryIO, size: int):
        self._stream, self._size, self.place = stream, size, 0

    def read(self, count: int = -1) -> bytes:
        """Read so many bytes.

        Args:
            count: Their number.

        Returns:
            The bytes.

        Raises:
            ValueError: If there are fewer.
        """
        if not 0 <= count <= self._size - self.place:
            raise ValueError(
                f"at byte {self.place} it states {count} bytes, "
                f"{self._size - self.place} are there"
            )
        self.place += count
        return self._stream.read(count)

    def readline(self, count: int | None = -1) -> bytes:
        """Read to the end of a line."""
        line = self._stream.readline(self._size - self.place)
        self.place += len(line)
        return line

    def tell(self) -> int:
        """Return how many bytes were read."""
        return self.place


def tuple_of(items: list[Value]) -> Value:
    """Return a tuple of values.

    Args:
        items: The values.

    Returns:
        Its value; sizes above ``NO_SIZE`` do not grow further.
    """
    size = 1 + sum(item.size for item in items)
    return Value(min(size, NO_SIZE), tuple(items))
