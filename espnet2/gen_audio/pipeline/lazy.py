"""Lazily loaded parts: loaded when needed, released when another part is needed."""

from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

from espnet2.gen_audio.accel.allocator import trim_freed_memory

Part = TypeVar("Part")


class Releasable(Protocol):
    """A part whose memory can be released."""

    def release(self) -> None:
        """Release the loaded part."""


class MemorySlot:
    """Keeps one lazily loaded part in memory at a time."""

    def __init__(self) -> None:
        self._holder: Releasable | None = None

    def take(self, part: Releasable) -> None:
        """Release the part in the slot and put another part into it.

        Args:
            part: The part that is loaded next.
        """
        if self._holder is not None:
            self._holder.release()
        self._holder = part
        trim_freed_memory()


class Lazy(Generic[Part]):
    """A part that is loaded when it is first needed.

    Args:
        load: Function that loads the part.
        slot: Slot shared by all parts of which only one is in memory.
    """

    def __init__(self, load: Callable[[], Part], slot: MemorySlot):
        self._load = load
        self._slot = slot
        self._part: Part | None = None

    def get(self) -> Part:
        """Return the part; to load it, the part in the slot is released first."""
        if self._part is None:
            self._slot.take(self)
            self._part = self._load()
        return self._part

    def release(self) -> None:
        """Release the part; the next ``get`` loads it again."""
        self._part = None
