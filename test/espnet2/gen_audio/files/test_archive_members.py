"""Members of archives are listed within bounds, before anything is unpacked."""

import io
import os
import tarfile
import zipfile

import pytest

from espnet2.gen_audio.files import archive_members as members
from espnet2.gen_audio.files.archive_members import Member, is_tar, opened

FILES = {"a.txt": b"hello", "folder/b.bin": bytes(range(256))}


def zipped(path, files=FILES, compression=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", compression) as file:
        for name, content in files.items():
            file.writestr(name, content)
    return path


def tarred(path, mode, files=FILES):
    with tarfile.open(path, mode) as file:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            file.addfile(info, io.BytesIO(content))
    return path


@pytest.mark.parametrize("form", ["zip", "w", "w:gz", "w:bz2", "w:xz"])
def test_every_form_gives_the_same_members(tmp_path, form):
    path = tmp_path / "any.name"
    zipped(path) if form == "zip" else tarred(path, form)
    with opened(path) as archive:
        assert archive.members == (Member("a.txt", 5), Member("folder/b.bin", 256))
        assert archive.total == 261
        read = {member.name: archive.open(member).read() for member in archive.members}
    assert read == FILES


@pytest.mark.parametrize("form", ["zip", "w:gz"])
def test_all_members_are_unpacked_byte_for_byte(tmp_path, form):
    path = tmp_path / "any.name"
    zipped(path) if form == "zip" else tarred(path, form)
    for _ in range(2):  # a folder that is there already is filled
        with opened(path) as archive:
            archive.unpack(tmp_path / "new" / "folder")
    files = [p for p in (tmp_path / "new" / "folder").rglob("*") if p.is_file()]
    names = {str(p.relative_to(tmp_path / "new/folder")): p.read_bytes() for p in files}
    assert names == FILES


@pytest.mark.parametrize("form", ["zip", "w:gz", "w:xz"])
def test_more_than_the_bound_is_refused_by_its_sizes(tmp_path, form):
    path, files = tmp_path / "any.name", {"zeros": bytes(40 << 20)}
    zipped(path, files) if form == "zip" else tarred(path, form, files)
    with pytest.raises(ValueError, match="would unpack to .* more than 20 times"):
        with opened(path):
            pass


def test_many_copies_of_one_member_count_together(tmp_path):
    files = {f"{n}": bytes(1 << 20) for n in range(40)}
    with pytest.raises(ValueError, match="would unpack to"):
        with opened(zipped(tmp_path / "a.zip", files)):
            pass


def test_a_tar_header_of_gigabytes_is_not_read(tmp_path):
    """Extended headers are read into memory by tarfile, however long they are."""
    path = tmp_path / "a.tar.gz"
    with tarfile.open(path, "w:gz") as file:
        info = tarfile.TarInfo("././@PaxHeader")
        info.type, info.size = tarfile.XHDTYPE, 40 << 20
        file.addfile(info, io.BytesIO(bytes(40 << 20)))
    with pytest.raises(ValueError, match="would unpack to"):
        with opened(path):
            pass


def test_too_many_members_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(members, "MAX_MEMBERS", 1)
    with pytest.raises(ValueError, match="more than 1 files"):
        with opened(zipped(tmp_path / "a.zip")):
            pass


def test_an_archive_of_small_texts_may_compress_well(tmp_path):
    path = zipped(tmp_path / "a.zip", {"a": bytes(500_000)})
    with opened(path) as archive:
        assert archive.total > 20 * path.stat().st_size


@pytest.mark.parametrize("name", ["../a", "/a", "b/../../a", "a\\b", "c:a"])
def test_a_name_that_leaves_the_folder_is_refused(tmp_path, name):
    with pytest.raises(ValueError, match="would leave the folder"):
        with opened(zipped(tmp_path / "a.zip", {name: b""})):
            pass


@pytest.mark.parametrize(
    "headers, message",
    [
        ({"GNU.sparse.map": "0,x"}, "damaged, or no archive of bin.pack"),
        ({"GNU.sparse.map": "0,1,2"}, "is no plain file"),
        ({"GNU.sparse.map": "0,5"}, "is no plain file"),
        ({"GNU.sparse.size": "x"}, "damaged, or no archive of bin.pack"),
        (
            {"GNU.sparse.major": "1", "GNU.sparse.minor": "0"},
            "damaged, or no archive of bin.pack",
        ),
        ({"size": "-5"}, "is no plain file"),
    ],
)
def test_a_header_of_a_sparse_or_odd_member_is_refused(tmp_path, headers, message):
    path = tmp_path / "a.tar"
    with tarfile.open(path, "w", format=tarfile.PAX_FORMAT) as file:
        info = tarfile.TarInfo("meta.yaml")
        info.size, info.pax_headers = 5, headers
        file.addfile(info, io.BytesIO(b"abcde"))
    with pytest.raises(ValueError, match=f"a.tar .*{message}") as refused:
        with opened(path):
            pass
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("sort", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE])
def test_links_and_devices_are_refused(tmp_path, sort):
    with tarfile.open(tmp_path / "a.tar", "w") as file:
        info = tarfile.TarInfo("x")
        info.type, info.linkname = sort, "a"
        file.addfile(info)
    with pytest.raises(ValueError, match="would leave the folder"):
        with opened(tmp_path / "a.tar"):
            pass


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04half", b"\x1f\x8b", b"text"])
def test_a_damaged_file_is_refused_in_one_line(tmp_path, content):
    (tmp_path / "a.zip").write_bytes(content)
    with pytest.raises(ValueError, match="a.zip is damaged or no archive") as error:
        with opened(tmp_path / "a.zip"):
            pass
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "names, message",
    [
        (["A", "A/b"], "'A' as a file and as a folder, of 'A/b'"),
        (["A/b", "A"], "'A' as a file and as a folder, of 'A/b'"),
        (["a/b", "a//b"], "'a//b' twice"),
        (["./a", "a"], "'a' twice"),
        (["x" * 256], "256 characters., which cannot be written"),
        (["/".join(["x"] * 600)], "1199 characters., which cannot be written"),
    ],
)
def test_names_that_no_folder_can_hold_are_refused(tmp_path, names, message):
    path = zipped(tmp_path / "a.zip", dict.fromkeys(names, b"x"))
    with pytest.raises(ValueError, match=f"a.zip holds .*{message}"):
        with opened(path):
            pass


def long_name(path, size):
    """Write the header of a GNU tar that announces a name of so many bytes."""
    info = tarfile.TarInfo("././@LongLink")
    info.type, info.size = tarfile.GNUTYPE_LONGNAME, size
    path.write_bytes(info.tobuf(tarfile.GNU_FORMAT))
    os.truncate(path, size + 2048)
    return path


def test_a_name_of_gigabytes_is_not_read(tmp_path):
    path = long_name(tmp_path / "a.tar", 1400 << 20)
    assert is_tar(path)
    with pytest.raises(ValueError, match="a.tar states a list or a name of 1468006400"):
        with opened(path):
            pass


def test_a_list_of_members_of_gigabytes_is_not_read(tmp_path):
    path = zipped(tmp_path / "a.zip")
    content = path.read_bytes()
    end = content.index(b"PK\5\6")
    path.write_bytes(content[:4])
    size = 1400 << 20
    os.truncate(path, size)
    with path.open("ab") as file:
        last = content[end : end + 12] + (size - 4).to_bytes(4, "little")
        file.write(last + (4).to_bytes(4, "little") + b"\0\0")
    with pytest.raises(ValueError, match="a.zip states a list or a name of 1468006396"):
        with opened(path):
            pass


def test_a_pipe_is_refused(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ValueError, match="pipe is a pipe"):
        with opened(tmp_path / "pipe"):
            pass


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz"])
def test_a_tar_is_known_by_its_first_header(tmp_path, mode):
    path = tarred(tmp_path / "any.name", mode, {"big": os.urandom(1 << 20)})
    assert is_tar(path)
    half = path.read_bytes()[: 1 << 19]
    path.write_bytes(half)
    assert is_tar(path) == (mode != "w:bz2")  # a block of bzip2 has 900 kB
    path.write_bytes(half[:40])
    assert not is_tar(path)
