"""The position and length of the sound in a file, as its header states them."""

from typing import NamedTuple

from espnet2.gen_audio.feats.sound_limits import AGAIN, UnusableSound


class Patch(NamedTuple):
    """Bytes that replace wrong bytes of a header while the file is read.

    Args:
        position: Position of the first byte in the file.
        content: The correct bytes.
    """

    position: int
    content: bytes


class Extent(NamedTuple):
    """The bytes of the sound as a header states them.

    Args:
        first: Position of the first byte.
        length: Number of bytes.
        slack: How many bytes may be missing.
        patch: Replaces a size field that states no size.
    """

    first: int
    length: int
    slack: int = 0
    patch: Patch | None = None

    def refuse_missing(self, size: int) -> None:
        """Refuse a file that is shorter than its header states.

        Args:
            size: Bytes of the file.

        Raises:
            UnusableSound: If the file holds fewer bytes of sound than the header
                states.
        """
        held = max(0, size - self.first)
        if held < self.length - self.slack:
            raise UnusableSound(
                f"truncated: the header states {self.length} bytes of sound, the file"
                f" holds {held}; {AGAIN}"
            )
