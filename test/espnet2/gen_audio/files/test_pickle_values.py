"""What a scan of a pickle knows of a value, and the stream that it reads."""

import io

import pytest

from espnet2.gen_audio.files.pickle_values import (
    NO_SIZE,
    PLAIN,
    BoundedStream,
    tuple_of,
)


def test_a_tuple_counts_itself_and_all_that_it_contains():
    pair = tuple_of([PLAIN, PLAIN])
    assert pair.size == 3 and tuple_of([pair, PLAIN]).size == 5


def test_sizes_do_not_grow_without_end():
    value = PLAIN
    for _ in range(200):
        value = tuple_of([value, value])
    assert value.size == NO_SIZE


def test_a_stream_gives_no_more_than_is_there():
    stream = BoundedStream(io.BytesIO(b"abcdef"), 4)
    assert stream.read(3) == b"abc" and stream.tell() == 3
    with pytest.raises(ValueError, match="states 2 bytes, 1 are there"):
        stream.read(2)
    assert stream.readline() == b"d"
