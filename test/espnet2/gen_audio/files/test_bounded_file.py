"""A file is read in parts of a bounded size."""

import os

import pytest

from espnet2.gen_audio.files.bounded_file import BoundedFile, refuse_long_read


def test_parts_are_read_and_gigabytes_at_once_are_not(tmp_path):
    (tmp_path / "a").write_bytes(b"abc")
    os.truncate(tmp_path / "a", 1 << 31)
    with BoundedFile(tmp_path / "a") as file:
        assert file.read(3) == b"abc"
        with pytest.raises(ValueError, match="a states a list or a name of 2147483648"):
            file.read(1 << 31)
    refuse_long_read("a", 64 << 20)
