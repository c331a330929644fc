"""The form of a file is told from its first bytes, within bounds."""

import os
import pickle
import tarfile

import pytest

from espnet2.gen_audio.files.file_form import Form, form_of


def test_a_tar_that_begins_like_a_pickle_is_a_tar(tmp_path):
    """A tar is what torch looks for first; it reads names of any length."""
    mark = pickle.dumps(0x1950A86A20F9469CFC6C, 2) + pickle.dumps(1001, 2)
    info = tarfile.TarInfo(mark.decode("latin-1"))
    info.type, info.size = tarfile.GNUTYPE_LONGNAME, 1400 << 20
    header = info.tobuf(tarfile.GNU_FORMAT, encoding="latin-1")
    assert header.startswith(mark)
    path = tmp_path / "a.pth"
    path.write_bytes(header)
    os.truncate(path, 1400 << 20)
    assert form_of(path) is Form.ARCHIVE
    path.write_bytes(header[:148] + b"7" + header[149:])  # its sum is wrong
    assert form_of(path) is Form.TORCH_PICKLE


def test_a_zip_whose_list_would_take_gigabytes_has_no_form(tmp_path):
    path, size = tmp_path / "a.pth", 1400 << 20
    path.write_bytes(b"PK\3\4")
    os.truncate(path, size)
    with path.open("ab") as file:
        counts = b"\0\0\0\0\1\0\1\0"
        sizes = (size - 4).to_bytes(4, "little") + (4).to_bytes(4, "little")
        file.write(b"PK\5\6" + counts + sizes + b"\0\0")
    assert form_of(path) is Form.OTHER


def test_a_pipe_and_a_device_are_not_opened(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path, kind in ((tmp_path / "pipe", "a pipe"), ("/dev/zero", "a device")):
        with pytest.raises(ValueError, match=f"{path} is {kind}"):
            form_of(path)
