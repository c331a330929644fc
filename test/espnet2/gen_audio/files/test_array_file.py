"""Files of numbers of NumPy: read as they are, refused in one line if they are none."""

import os
import zipfile

import numpy as np
import pytest

from espnet2.gen_audio.files.array_file import read_array, read_arrays


def test_arrays_come_back_as_they_were_written(tmp_path):
    numbers = np.arange(6, dtype=np.float32).reshape(2, 3)
    np.save(tmp_path / "a.npy", numbers)
    np.savez(tmp_path / "a.npz", sum=numbers, count=3)
    np.testing.assert_array_equal(read_array(tmp_path / "a.npy"), numbers)
    arrays = read_arrays(tmp_path / "a.npz", ("sum",))
    np.testing.assert_array_equal(arrays["sum"], numbers)
    assert arrays["count"] == 3


def test_a_missing_array_is_named(tmp_path):
    np.savez(tmp_path / "a.npz", count=3)
    with pytest.raises(ValueError, match="holds no array 'sum', only count"):
        read_arrays(tmp_path / "a.npz", ("count", "sum"))


def header_of(shape):
    """Return the bytes of an .npy file that states a shape and holds nothing."""
    text = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}}}".encode()
    text += b" " * (117 - len(text)) + b"\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text


@pytest.mark.parametrize(
    "content",
    [b"", b"text", b"PK\x03\x04half", header_of((1 << 60,)), header_of((1 << 34,))],
    ids=["empty", "text", "half", "impossible", "huge"],
)
@pytest.mark.parametrize("read", [read_array, lambda path: read_arrays(path, ())])
def test_what_is_no_such_file_is_refused_in_one_line(tmp_path, content, read):
    (tmp_path / "a").write_bytes(content)
    with pytest.raises(ValueError, match="a is no file of arrays") as refused:
        read(tmp_path / "a")
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    "values",
    [np.zeros(3, "V0"), np.zeros(3, "V4"), np.array(["a"]), np.ones(2) + 1j],
    ids=["V0", "V4", "text", "complex"],
)
def test_values_that_are_no_real_numbers_are_refused_by_their_type(tmp_path, values):
    np.save(tmp_path / "a", values)
    with pytest.raises(ValueError, match="a.npy is no .* values are of the type"):
        read_array(tmp_path / "a.npy")


def test_an_npz_that_unpacks_to_gigabytes_is_not_unpacked(tmp_path):
    path = tmp_path / "a.npz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open("sum.npy", "w") as member:
            for _ in range(65):
                member.write(bytes(1 << 24))
    with pytest.raises(ValueError, match="unpacks to 1090519040 bytes"):
        read_arrays(path, ("sum",))
    with pytest.raises(ValueError, match="does not begin as one"):
        read_array(path)


def test_a_pipe_is_refused_and_a_missing_file_is_not_called_damaged(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ValueError, match="is a pipe"):
        read_array(tmp_path / "pipe")
    with pytest.raises(FileNotFoundError):
        read_array(tmp_path / "missing")
