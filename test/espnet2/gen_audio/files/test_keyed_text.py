"""Files of '<id> <value>' lines: what is read, and one line for each fault."""

import os

import pytest

from espnet2.gen_audio.files.keyed_text import (
    line_of,
    read_ids,
    read_keyed,
    read_lines,
    read_rows,
)


@pytest.fixture
def written(tmp_path):
    """Return a function that writes a file and returns its path."""

    def write(content):
        (tmp_path / "rows").write_bytes(content)
        return tmp_path / "rows"

    return write


@pytest.mark.parametrize(
    "content",
    [
        b"a one  two\nb\n",
        b"a one  two\nb",
        b"\xef\xbb\xbfa one  two\nb\n",
        b"a one  two\r\nb\r\n",
        b"a\tone  two\nb\t\n",
        b"a \t one  two \nb \n",
        b"\na one  two\n \t\n\r\n\nb\n\n",
        "a one  two\n\u200b\nb \u200b\u3164\u00ad\n".encode(),
    ],
)
def test_marks_blank_lines_tabs_and_line_ends_make_no_difference(written, content):
    path = written(content)
    assert read_keyed(path) == {"a": "one  two", "b": ""}
    assert read_ids(path) == ["a", "b"]


def test_other_white_space_belongs_to_the_id_and_is_refused(written):
    with pytest.raises(ValueError, match="line 1: id 'a.*b' cannot be a file name"):
        read_keyed(written("a\u3000b c\n".encode()))


@pytest.mark.parametrize(
    "content, message",
    [
        (b"a 1\n\nb 2\na 3\n", "line 4: id a occurs twice, first in line 1"),
        (b"a 1\n b 2\n", "line 2: no id at the start of the line ' b 2'"),
        (b"a 1\n\tb 2\n", "line 2: no id"),
        (b"a 1\n../x 2\n", "line 2: id '../x' cannot be a file name: no spaces or sl"),
        (b"a 1\nx/y 2\n", "line 2: id 'x/y' cannot be a file name"),
        (b"a 1\nx\\y 2\n", "line 2: id 'x.*' cannot be a file name"),
        (b".x 2\n", "line 1: id '.x' cannot be a file name.*no dot or minus"),
        (b"-x 2\n", "line 1: id '-x' cannot be a file name"),
        (b"x\0y 2\n", "line 1: a NUL character is inside the line"),
        (b"x" * 201 + b" 2\n", "line 1: .*at most 200 bytes"),
        (b"a 1\nb \xe9\n", "line 2: byte 0xe9 is not UTF-8; save the file with UTF-8"),
        (b"a 1\rb 2\r", "line 1: a carriage return is inside the line"),
        (b"a 1\nb hello\0world\n", "line 2: a NUL character is inside the line"),
    ],
)
def test_each_fault_is_one_line_with_file_and_line(written, content, message):
    with pytest.raises(ValueError, match=message) as caught:
        read_keyed(written(content))
    assert "rows, line" in str(caught.value) and "\n" not in str(caught.value)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="there is no file .*none"):
        read_keyed(tmp_path / "none")


def test_lines_keep_their_numbers_and_ids_may_repeat_where_rows_are_read(written):
    path = written(b"a 1\n\na 2\n")
    assert [line.number for line in read_lines(path)] == [1, 3]
    assert list(read_rows(path)) == [(1, "a", "1"), (3, "a", "2")]
    assert line_of(path, "a") == 1
    with pytest.raises(KeyError, match="no line for b"):
        line_of(path, "b")


def test_a_large_file_without_lines_is_refused_after_its_first_mebibyte(tmp_path):
    path = tmp_path / "sparse"
    path.touch()
    os.truncate(path, 1 << 40)  # more than any memory
    with pytest.raises(
        ValueError, match="sparse, line 1: it has 1048576 bytes or more"
    ):
        read_keyed(path)


def test_lines_are_read_one_at_a_time(written):
    lines = read_lines(written(b"\xef\xbb\xbfa 1\n\nb \xff\n"))
    assert next(lines) == (1, "a 1")
    with pytest.raises(ValueError, match="line 3: byte 0xff is not UTF-8"):
        next(lines)


def test_a_pipe_is_refused(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ValueError, match="pipe is a pipe"):
        read_keyed(tmp_path / "pipe")
