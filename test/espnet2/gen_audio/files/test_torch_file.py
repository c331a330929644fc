"""Files of torch are looked through before torch sees them."""

import pickle
import zipfile

import pytest
import torch

from espnet2.gen_audio.files.tensor_file import load_tensors
from espnet2.gen_audio.files.torch_file import scan_older, scan_zip

STATE = {"w": torch.arange(2000.0), "n": 3}


def test_what_torch_saves_passes_in_both_formats(tmp_path):
    torch.save(STATE, tmp_path / "zip.pth")
    torch.save(STATE, tmp_path / "old.pth", _use_new_zipfile_serialization=False)
    rebuild = "torch._utils _rebuild_tensor_v2"
    assert rebuild in scan_zip(tmp_path / "zip.pth").called
    assert rebuild in scan_older(tmp_path / "old.pth").called


def rezipped(path, change, compression=zipfile.ZIP_STORED):
    """Write a file of torch, with its members changed."""
    torch.save(STATE, path)
    with zipfile.ZipFile(path) as archive:
        members = {info.filename: archive.read(info) for info in archive.infolist()}
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
        change(archive)


def second_list(archive):
    archive.writestr("a/DATA.pkl", b"\x80\x02}.")


def shared_bytes(archive):
    """Let a second member claim the bytes of another."""
    data = archive.getinfo("a/data/0")
    for number in range(1, 9):
        again = zipfile.ZipInfo(f"a/data/{number}")
        again.header_offset, again.CRC = data.header_offset, data.CRC
        again.file_size = again.compress_size = data.file_size
        archive.filelist.append(again)
        archive.NameToInfo[again.filename] = again


@pytest.mark.parametrize(
    "change, compression, message",
    [
        (second_list, zipfile.ZIP_STORED, "two of its members have one name"),
        (shared_bytes, zipfile.ZIP_STORED, "its members have .* bytes, the file has"),
        (lambda archive: None, zipfile.ZIP_DEFLATED, "'a/data.pkl' is compressed"),
    ],
)
def test_a_zip_that_becomes_more_than_it_is_never_reaches_torch(
    tmp_path, change, compression, message, monkeypatch
):
    path = tmp_path / "a.pth"
    rezipped(path, change, compression)
    monkeypatch.setattr(torch, "load", None)
    with pytest.raises(ValueError, match=f"a.pth is damaged .*{message}"):
        load_tensors(path)


def older(*pickles):
    mark = pickle.dumps(0x1950A86A20F9469CFC6C, 2)
    return mark + b"".join(pickles)


@pytest.mark.parametrize(
    "content, message",
    [
        (older(b"\x80\x02" + b"]" * 99 + b"."), "states 1 bytes, 0 are there"),
        (older(b"\x80\x02K\x01.", b"\x80\x02N\x85."), "nests values"),
        (pickle.dumps({"a": "x" * 99}, 2), "states 99 bytes"),
        (older(b"\x80\x02K\x01."), "states 1 bytes, 0 are there"),
    ],
)
def test_an_older_file_whose_headers_are_none_is_refused(tmp_path, content, message):
    (tmp_path / "a.pth").write_bytes(content)
    with pytest.raises(ValueError, match=message):
        scan_older(tmp_path / "a.pth")


@pytest.mark.parametrize("module", ["builtins", "__builtin__"])
def test_an_array_of_any_length_is_not_made(tmp_path, module):
    call = f"c{module}\nbytearray\n".encode() + b"J\0\0\0\x40\x85R"
    (tmp_path / "a.pth").write_bytes(
        older(*2 * [b"\x80\x02K\x01."], b"\x80\x02" + call + b".", b"\x80\x02].")
    )
    with pytest.raises(ValueError, match=f"names '{module} bytearray'"):
        load_tensors(tmp_path / "a.pth")


HIDDEN = b"}X\x05\0\0\0numelcbuiltins\nset\nsb"  # numel is now a class
CALLS = {
    "tensor": (b"ctorch\nFloatTensor\nJ\0\0\0\x40\x85R", "torch FloatTensor"),
    "new": (b"ctorch\nTensor\nJ\0\0\0\x40\x85\x81", "torch Tensor"),
    "storage": (b"ctorch.storage\nUntypedStorage\nK\5\x85R", "UntypedStorage"),
    "state": (b"ctorch._utils\n_rebuild_parameter_with_state\n(tR", "with_state"),
    "attributes": (b"ccollections\nCounter\n)R" + HIDDEN, "Counter' attributes"),
}


@pytest.mark.parametrize("name", list(CALLS))
def test_what_no_weights_need_is_not_called(tmp_path, name):
    call, message = CALLS[name]
    with zipfile.ZipFile(tmp_path / "a.pth", "w") as archive:
        archive.writestr("a/data.pkl", b"\x80\x02}X\1\0\0\0w" + call + b"s.")
    with pytest.raises(ValueError, match=message):
        load_tensors(tmp_path / "a.pth")
