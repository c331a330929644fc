"""Sounds in files of MATLAB 4 and 5: a rate and a matrix of samples."""

from espnet2.gen_audio.feats.containers.extent import Extent

_WIDTHS_4 = {
    0: 8,
    1: 4,
    2: 4,
    3: 2,
    4: 2,
    5: 1,
}  # bytes of a value, by the tens digit of its type code
_MAGIC_4 = {b"\x00\x00\x00\x00": "little", b"\x00\x00\x03\xe8": "big"}
_MAGIC_5 = b"MATLAB 5.0 MAT-file"
_ORDER_MARK = slice(126, 128)
_HEADER_5 = 128


def matlab_matrix(head: bytes) -> Extent | None:
    """Return where the samples lie: the second matrix; the first is the rate.

    Args:
        head: The first bytes of the file, both matrix headers among them.

    Returns:
        The extent; None if the file is not a MATLAB file or has no second matrix.
    """
    if head.startswith(_MAGIC_5):
        return _matrix_5(head)
    if head[:4] in _MAGIC_4 and head[20:31] == b"samplerate\0":
        return _matrix_4(head, _MAGIC_4[head[:4]])
    return None


def _matrix_4(head: bytes, order: str) -> Extent | None:
    # A matrix has five numbers (type, rows, columns, imaginary, length of the name), a
    # name and values. The first has the name "samplerate" and one value of 8 bytes.
    position = 20 + 11 + 8
    fields = [
        int.from_bytes(head[position + 4 * n : position + 4 * n + 4], order)
        for n in range(5)
    ]
    kind, rows, columns, _, name = fields
    width = _WIDTHS_4.get(kind // 10 % 10)
    if width is None or len(head) < position + 20:
        return None
    return Extent(position + 20 + name, rows * columns * width)


def _matrix_5(head: bytes) -> Extent | None:
    order = "little" if head[_ORDER_MARK] == b"IM" else "big"
    second = _HEADER_5 + 8 + _tag(head, _HEADER_5, order)
    position = second + 8  # flags, size, name and samples lie inside the matrix
    for _ in range(3):
        if position + 8 > len(head):
            return None
        length = _tag(head, position, order)
        position += 8 + length + -length % 8
    return Extent(position + 8, _tag(head, position, order))


def _tag(head: bytes, position: int, order: str) -> int:
    return int.from_bytes(head[position + 4 : position + 8], order)
