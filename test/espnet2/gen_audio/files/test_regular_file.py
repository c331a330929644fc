"""Pipes and devices are refused before they are opened; files have a bound."""

import os

import pytest

from espnet2.gen_audio.files.regular_file import regular


def test_a_file_a_folder_and_what_is_missing_are_left_to_the_reader(tmp_path):
    (tmp_path / "a").write_bytes(b"x")
    (tmp_path / "link").symlink_to(tmp_path / "a")
    for name in ("a", "link", "", "missing"):
        assert regular(tmp_path / name) == tmp_path / name


def test_a_pipe_a_link_to_one_and_a_device_are_refused_in_one_line(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to(tmp_path / "pipe")
    for path, kind in ((tmp_path / "link", "a pipe"), ("/dev/zero", "a device")):
        with pytest.raises(
            ValueError, match=f"{path} is {kind}.*into a file"
        ) as refused:
            regular(path)
        assert "\n" not in str(refused.value)


def test_a_file_larger_than_the_bound_is_refused(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(bytes(1 << 20))
    assert regular(path, 1 << 20) == path
    os.truncate(path, (1 << 20) + 1)
    with pytest.raises(ValueError, match="1048577 bytes, where at most 1 MiB"):
        regular(path, 1 << 20)
