"""JSON mappings: what is read, and what is refused."""

import os

import pytest

from espnet2.gen_audio.files.plain_json import read_json


def test_a_mapping_is_read_with_or_without_a_byte_order_mark(tmp_path):
    path = tmp_path / "a.json"
    for mark in (b"", b"\xef\xbb\xbf"):
        path.write_bytes(mark + '{"a": [1, null, "é"]}'.encode())
        assert read_json(path) == {"a": [1, None, "é"]}


@pytest.mark.parametrize(
    "content, message",
    [
        (b"{", "is no JSON"),
        (b'{"a": "\xe9"}', "is no JSON"),
        (b"[" * 100_000, "is no JSON .nested too deep"),
        (b"1" * 5000, "is no JSON"),
        (b"[1]", "holds a list, where a mapping"),
        (b'{"a": {"b": 1, "c": 2, "b": 3}}', "is no JSON .'b' has two values"),
    ],
)
def test_anything_else_is_refused_in_one_line(tmp_path, content, message):
    path = tmp_path / "a.json"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=f"a.json {message}") as refused:
        read_json(path)
    assert "\n" not in str(refused.value)


def test_a_pipe_and_a_huge_file_are_refused(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ValueError, match="is a pipe"):
        read_json(tmp_path / "pipe")
    (tmp_path / "huge").touch()
    os.truncate(tmp_path / "huge", 1 << 30)
    with pytest.raises(ValueError, match="at most 64 MiB"):
        read_json(tmp_path / "huge")
