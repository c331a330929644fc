"""The numbers of both formats of torch, and what is wrong with a changed file."""

import io
import pickle
import zipfile

import pytest
import torch

from espnet2.gen_audio.checkpoint.restricted.storages import read_older, read_zip

STATE = {
    "w": torch.arange(6.0).view(2, 3),
    "part": torch.arange(10)[3:7],
    "flag": torch.tensor([True, False]),
    "low": torch.randn(3).bfloat16(),
    "complex": torch.randn(2, dtype=torch.complex64),
    "nothing": torch.zeros(0, 4),
}
READERS = {"zip": (read_zip, True), "older": (read_older, False)}


@pytest.mark.parametrize("form", list(READERS))
def test_numbers_come_back_of_any_type(tmp_path, form):
    read, new = READERS[form]
    torch.save(STATE, tmp_path / "a.pth", _use_new_zipfile_serialization=new)
    skipped = set()
    found = read(tmp_path / "a.pth", skipped)
    assert not skipped and found.keys() == STATE.keys()
    for name, tensor in STATE.items():
        assert found[name].dtype == tensor.dtype
        assert torch.equal(found[name], tensor), name


@pytest.mark.parametrize("form", list(READERS))
def test_tensors_that_share_a_storage_share_it_again(tmp_path, form):
    read, new = READERS[form]
    table = torch.arange(6.0)
    given = {"a": table, "b": table[2:4]}
    torch.save(given, tmp_path / "a.pth", _use_new_zipfile_serialization=new)
    found = read(tmp_path / "a.pth", set())
    found["a"][2] = 7.0
    assert found["b"][0] == 7.0
    assert read(tmp_path / "a.pth", set())["a"][2] == 2.0  # the file is as it was


def changed(path, change, compression=zipfile.ZIP_STORED):
    """Write a zip of torch anew, after a change of its members."""
    torch.save(STATE, path)
    with zipfile.ZipFile(path) as archive:
        members = {info.filename: archive.read(info) for info in archive.infolist()}
    top = next(name for name in members if name.endswith("/data.pkl"))
    change(members, top.removesuffix("data.pkl"))
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in members.items():
            archive.writestr(name, content)


@pytest.mark.parametrize(
    "change, message",
    [
        (lambda m, top: m.pop(f"{top}data/0"), "storage 0 is missing"),
        (lambda m, top: m.update({f"{top}data/0": b"1234"}), "storage 0 has 4 bytes"),
        (lambda m, top: m.update({f"{top}byteorder": b"big"}), "byte order is b'big'"),
        (lambda m, top: m.pop(f"{top}data.pkl"), "no data.pkl"),
    ],
)
def test_a_zip_with_another_member_is_refused(tmp_path, change, message):
    changed(tmp_path / "a.pth", change)
    with pytest.raises(ValueError, match=message):
        read_zip(tmp_path / "a.pth", set())


def test_a_compressed_zip_is_refused(tmp_path):
    """Its members would unpack to more than the file."""
    changed(tmp_path / "a.pth", lambda m, top: None, zipfile.ZIP_DEFLATED)
    with pytest.raises(ValueError, match="compressed"):
        read_zip(tmp_path / "a.pth", set())


def older(tmp_path):
    torch.save(STATE, tmp_path / "a.pth", _use_new_zipfile_serialization=False)
    return tmp_path / "a.pth"


def test_an_older_file_that_ends_early_is_refused(tmp_path):
    path = older(tmp_path)
    path.write_bytes(path.read_bytes()[:-3])
    with pytest.raises(ValueError, match="it ends after .* bytes of a storage"):
        read_older(path, set())


def test_an_older_file_that_ends_in_the_size_of_an_empty_storage_is_refused(tmp_path):
    path = tmp_path / "a.pth"
    state = {"nothing": torch.zeros(0, 4)}
    torch.save(state, path, _use_new_zipfile_serialization=False)
    path.write_bytes(path.read_bytes()[:-3])
    with pytest.raises(ValueError, match="it ends after 5 of 8 bytes of a storage"):
        read_older(path, set())


def test_a_storage_larger_than_its_file_is_not_made(tmp_path):
    path = older(tmp_path)
    content, six = path.read_bytes(), pickle.dumps(6, 2)[2:-1]
    place = content.index(b"cpu") + 3
    place = content.index(six, place)
    huge = b"J" + (1 << 30).to_bytes(4, "little")
    path.write_bytes(content[:place] + huge + content[place + len(six) :])
    with pytest.raises(ValueError, match="larger than the file"):
        read_older(path, set())


def test_a_pickle_that_torch_did_not_write_is_refused(tmp_path):
    (tmp_path / "a.pth").write_bytes(pickle.dumps({"a": 1}, 2))
    with pytest.raises(ValueError, match="unlike torch's files"):
        read_older(tmp_path / "a.pth", set())


def test_an_id_that_names_no_storage_is_refused(tmp_path):
    class Persistent(pickle.Pickler):
        def persistent_id(self, obj):
            return ("module", "os") if obj == "x" else None

    buffer = io.BytesIO()
    Persistent(buffer, 2).dump(["x"])

    def change(members, top):
        members[f"{top}data.pkl"] = buffer.getvalue()

    changed(tmp_path / "a.pth", change)
    with pytest.raises(pickle.UnpicklingError, match="is no storage"):
        read_zip(tmp_path / "a.pth", set())
