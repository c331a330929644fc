"""The length table at the start of an mp3 (the tag 'Xing' or 'Info')."""

from espnet2.gen_audio.feats.containers.extent import Extent

_SEARCHED = 200  # bytes; the tag follows the side information of a frame
_LONGEST_FRAME = 1441  # bytes; some writers count one frame more or less
_HAS_FRAMES, _HAS_BYTES = 1, 2


def length_table(head: bytes, first: int) -> Extent | None:
    """Return the length that the length table states.

    Args:
        head: The bytes from the first frame on.
        first: Position of that frame in the file.

    Returns:
        The extent; None if there is no table, or it states no bytes.
    """
    if head[:1] != b"\xff" or head[1:2] < b"\xe0":
        return None
    found = [head.find(tag, 0, _SEARCHED) for tag in (b"Xing", b"Info")]
    position = max(found)
    if position < 0:
        return None
    flags = int.from_bytes(head[position + 4 : position + 8], "big")
    if not flags & _HAS_BYTES:
        return None
    position += 12 if flags & _HAS_FRAMES else 8
    length = int.from_bytes(head[position : position + 4], "big")
    return Extent(first, length, slack=_LONGEST_FRAME)
