"""The position and length of the sound in a file, as its header states them."""

from typing import NamedTuple

from espnet2.gen_audio.feats.sound_limits import AGAIN, UnusableSound


class Patch(NamedTuple):
    """Bytes that replace wrong ones of a header while the file is read.

    Args:
        position: Where they begin in the file.
        content: The right bytes.
    """

    position: int
    content: bytes


class Extent(NamedTuple):
    """The bytes of the sound as a header states them.

    Args:
        first: Position of the first byte.
        length: Number of bytes.
        slack: How many of them may be missing.
        patch: What to read in place of a size that is not stated.
    """

    first: int
    length: int
    slack: int = 0
    patch: Patch | None = None

    def refuse_missing(self, size: int) -> None:
        """Compare with the length of the file.

        Args:
            size: Bytes of the file.

        Raises:
            UnusableSound: If the file holds less than the header promises.
        """
        held = max(0, size - self.first)
        if held < self.length - self.slack:
            raise UnusableSound(
                f"truncated: the header promises {self.length} bytes of sound, the file"
                f" holds {held}; {AGAIN}"
            )
