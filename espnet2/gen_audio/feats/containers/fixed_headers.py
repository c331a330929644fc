"""Containers with a header of fixed form: AU, NIST, VOC, AVR, MPC2K, WVE, SDS, XI.

Each function returns the length that the first bytes of a file state. PAF, PVF, IRCAM
and SD2 files state no length, so truncated ones cannot be recognised.
"""

import re
from collections.abc import Callable

from espnet2.gen_audio.feats.containers.extent import Extent, Patch

HEAD_BYTES = 4096
_SDS_PACKET, _SDS_DATA = 127, 120  # bytes of a packet, and of samples in it
_AU_UNKNOWN = 0xFFFFFFFF


def fixed_header(head: bytes, size: int) -> Extent | None:
    """Return the length that a header of fixed form states.

    Args:
        head: The first ``HEAD_BYTES`` bytes of the file.
        size: Length of the file in bytes.

    Returns:
        The extent; None if the container is none of these, states no length, or the
        header does not parse (libsndfile then refuses the file).
    """
    for magic, parse in _PARSERS.items():
        if head.startswith(magic):
            return parse(head, size)
    return None


def _au(head: bytes, size: int) -> Extent | None:
    order = "big" if head.startswith(b".snd") else "little"
    first, length = _number(head, 4, 4, order), _number(head, 8, 4, order)
    if length == _AU_UNKNOWN:
        return Extent(first, 0)
    if length == 0 and size > first:
        return Extent(first, 0, patch=Patch(8, b"\xff" * 4))
    return Extent(first, length)


def _nist(head: bytes, size: int) -> Extent | None:
    first = re.match(rb"NIST_1A\s+(\d+)\s", head)
    fields = dict(re.findall(rb"(?m)^(\w+) +-i +(\d+)", head))
    names = (b"sample_count", b"channel_count", b"sample_n_bytes")
    if first is None or any(name not in fields for name in names[:1]):
        return None
    count, channels, width = (int(fields.get(name, b"1")) for name in names)
    return Extent(int(first[1]), count * channels * width)


def _voc(head: bytes, size: int) -> Extent | None:
    # the first block after comments holds the sound: type, size in three bytes
    position = _number(head, 20, 2, "little")
    if position < 22:  # the header itself has 22 bytes
        return None
    while position + 4 <= len(head) and head[position] in (3, 4, 5, 6, 7, 8):
        position += 4 + _number(head, position + 1, 3, "little")
    return Extent(position + 4, _number(head, position + 1, 3, "little"))


def _avr(head: bytes, size: int) -> Extent | None:
    channels = 2 if _number(head, 12, 2, "big") else 1
    width = (_number(head, 14, 2, "big") + 7) // 8
    return Extent(128, _number(head, 26, 4, "big") * channels * width)


def _mpc2k(head: bytes, size: int) -> Extent | None:
    channels = 2 if head[21:22] == b"\x01" else 1
    return Extent(42, _number(head, 30, 4, "little") * channels * 2)


def _wve(head: bytes, size: int) -> Extent | None:
    return Extent(32, _number(head, 18, 4, "big"))


def _sds(head: bytes, size: int) -> Extent | None:
    bits = head[6] if len(head) > 6 else 0
    width = -(-bits // 7)  # seven bits of a sample in a byte
    if not width:
        return None
    count = sum(byte << 7 * n for n, byte in enumerate(head[10:13]))
    return Extent(21, -(-count // (_SDS_DATA // width)) * _SDS_PACKET)


def _xi(head: bytes, size: int) -> Extent | None:
    samples = _number(head, 296, 2, "little")
    # libsndfile reads the first sample, and writes 0 for its length
    return Extent(298 + 40 * samples, _number(head, 298, 4, "little"))


def _number(head: bytes, position: int, width: int, order: str) -> int:
    return int.from_bytes(head[position : position + width], order)


_PARSERS: dict[bytes, Callable[[bytes, int], Extent | None]] = {
    b".snd": _au,
    b"dns.": _au,
    b"NIST_1A": _nist,
    b"Creative Voice File\x1a": _voc,
    b"2BIT": _avr,
    b"\x01\x04": _mpc2k,
    b"ALawSoundFile**": _wve,
    b"\xf0\x7e": _sds,
    b"Extended Instrument:": _xi,
}
