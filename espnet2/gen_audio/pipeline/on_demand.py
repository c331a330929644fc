"""Parts that are loaded when they are needed and released when another one is."""

from collections.abc import Callable
from typing import Any

from espnet2.gen_audio.accel.allocator import trim_freed_memory


class Room:
    """Room for one part at a time."""

    def __init__(self) -> None:
        self.holder: OnDemand | None = None
        self.part: Any = None

    def part_of(self, wanted: "OnDemand") -> Any:
        """Return a part, loaded in the place of the one that was here.

        Args:
            wanted: Which part.

        Returns:
            The part.
        """
        if self.holder is not wanted:
            self.holder = self.part = None
            trim_freed_memory()
            self.part = wanted.load()
            self.holder = wanted
        return self.part


class OnDemand:
    """A part that is loaded when it is called for.

    Args:
        load: Loads it.
        room: Where it stays until another part needs the room.
    """

    def __init__(self, load: Callable[[], Any], room: Room):
        self.load = load
        self.room = room

    def __call__(self) -> Any:
        """Return the part."""
        return self.room.part_of(self)


def present(part: Any) -> Any:
    """Return a part that is here, or load it.

    Args:
        part: A module, a part on demand, or None.

    Returns:
        The module, or None.
    """
    return part() if isinstance(part, OnDemand) else part
