"""Archives: every byte comes back, by our reader and ESPnet's, and nothing leaves."""

import argparse
import hashlib
import os
import shutil
import tarfile
import zipfile
from pathlib import Path

import pytest
import torch
import yaml

from espnet2.gen_audio.checkpoint.archive.folder import read_system, write_system
from espnet2.gen_audio.checkpoint.archive.packed import (
    cache_folder,
    open_archive,
    write_archive,
)
from espnet2.gen_audio.checkpoint.archive.system import Encoder, Part, System
from espnet2.gen_audio.checkpoint.archive.tensor_writer import write_tensors
from espnet2.gen_audio.files.tensor_file import load_tensors
from espnet2.gen_audio.vae.build import build_vae

CONFIG = {
    "part": "vae",
    "geometry_conf": {"seconds": 0.64, "n_mels": 16, "fbank_bins": 32},
    "vae_conf": {"block_out_channels": [8, 8, 8], "norm_num_groups": 4},
    "absent_weights": ["discriminator", "generator_steps"],
    # what YAML writers like to change
    "odd": ["1e-5", 1e-05, 0.1 + 0.2, None, "on", "1_000", "läuten", "a: b"],
}


@pytest.fixture
def folder(tmp_path):
    torch.manual_seed(0)
    state = build_vae(CONFIG).state_dict()
    state = {name: t for name, t in state.items() if name.startswith("vae.")}
    stated = {"source": "full.pth", "licence": "free", "notes": ["vae"]}
    vae = Part("vae", CONFIG, state, stated, {"old": torch.ones(1)})
    encoder = Encoder(
        "tokens_encoder",
        {"model_type": "t5"},
        {"shared.weight": torch.randn(4)},
        {"spiece.model": b"\0\1\2", "tokenizer.json": b"{}"},
        {"source": "hub", "licence": "free"},
    )
    system = System("custom", {"vae": vae}, {"tokens_encoder": encoder}, ["a note"])
    write_system(system, tmp_path / "system")
    (tmp_path / "system" / "stray.txt").write_text("not of the system")
    return tmp_path / "system"


def content(folder):
    files = (path for path in sorted(Path(folder).rglob("*")) if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def test_every_byte_of_the_system_comes_back(folder, tmp_path):
    path = write_archive(folder, tmp_path / "a" / "my.zip")
    opened = open_archive(path, tmp_path / "cache")
    found, given = content(opened), content(folder)
    meta = yaml.safe_load(found.pop("meta.yaml"))
    assert given.pop("stray.txt")
    assert found == given
    assert meta["files"] == {
        "system_file": "system.yaml",
        "vae_file": "vae/model.safetensors",
        "tokens_encoder_file": "tokens_encoder/model.safetensors",
    }
    assert meta["yaml_files"] == {"vae_config": "vae/config.yaml"}
    system = read_system(opened, verify=True)
    assert system.notes == ["a note"] and "old" in system.parts["vae"].leftover
    assert system.encoders["tokens_encoder"].files["spiece.model"] == b"\0\1\2"


def test_espnets_own_unpack_gives_the_same_configs(folder, tmp_path):
    from espnet2.main_funcs.pack_funcs import unpack

    path = write_archive(folder, tmp_path / "my.zip")
    places = unpack(path, tmp_path / "theirs")
    assert places["system_file"] == str(tmp_path / "theirs" / "system.yaml")
    for name in ("vae/config.yaml", "system.yaml"):
        ours, theirs = (
            yaml.safe_load((place / name).read_text(encoding="utf-8"))
            for place in (folder, tmp_path / "theirs")
        )
        assert ours == theirs
    read_system(tmp_path / "theirs", verify=True)


def test_packing_again_gives_the_same_members_in_the_same_order(folder, tmp_path):
    listed = []
    for name in ("one.zip", "two.zip"):
        with zipfile.ZipFile(write_archive(folder, tmp_path / name)) as file:
            listed.append([(i.filename, i.CRC) for i in file.infolist()][1:])
    assert listed[0] == listed[1] and len(listed[0]) == 8


def test_the_folder_is_named_by_the_content_and_made_once(folder, tmp_path):
    path = write_archive(folder, tmp_path / "my.zip")
    opened = open_archive(path, tmp_path / "cache")
    assert opened.name == hashlib.sha256(path.read_bytes()).hexdigest()
    before = (opened / "vae" / "model.safetensors").stat().st_mtime_ns
    assert open_archive(path, tmp_path / "cache") == opened
    assert (opened / "vae" / "model.safetensors").stat().st_mtime_ns == before
    assert [p.name for p in (tmp_path / "cache").iterdir()] == [opened.name]


def test_the_users_cache_folder_is_the_default(folder, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "mine"))
    path = write_archive(folder, tmp_path / "my.zip")
    assert open_archive(path).parent == tmp_path / "mine" / "espnet_gen_audio"
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert cache_folder() == Path.home() / ".cache" / "espnet_gen_audio"


def test_the_working_directory_stays(folder, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_archive("system", "my.zip")
    assert os.getcwd() == str(tmp_path)
    assert (tmp_path / "my.zip").is_file()


def spoiled(path, name, content=b"x"):
    with zipfile.ZipFile(path, "a") as file:
        file.writestr(name, content)
    return path


@pytest.mark.parametrize("name", ["../out", "/tmp/out", "vae/../../out", "..\\out"])
def test_a_name_that_leaves_the_folder_is_refused(folder, tmp_path, name):
    path = spoiled(write_archive(folder, tmp_path / "my.zip"), name)
    with pytest.raises(ValueError, match="leave the folder") as error:
        open_archive(path, tmp_path / "cache")
    assert "\n" not in str(error.value)
    assert not list((tmp_path / "cache").rglob("*"))
    assert not (tmp_path / "out").exists()


def test_a_link_in_a_tar_is_refused_and_a_plain_tar_is_read(folder, tmp_path):
    with zipfile.ZipFile(write_archive(folder, tmp_path / "my.zip")) as file:
        file.extractall(tmp_path / "flat")
    for name in ("good.tar.gz", "bad.tar.gz"):
        with tarfile.open(tmp_path / name, "w:gz") as tar:
            for path in sorted((tmp_path / "flat").iterdir()):
                tar.add(path, path.name)
            if name == "bad.tar.gz":
                info = tarfile.TarInfo("vae/link")
                info.type, info.linkname = tarfile.SYMTYPE, "/etc/passwd"
                tar.addfile(info)
    with pytest.raises(ValueError, match="leave the folder"):
        open_archive(tmp_path / "bad.tar.gz", tmp_path / "cache")
    read_system(open_archive(tmp_path / "good.tar.gz", tmp_path / "cache"), verify=True)


def cut(path):
    path.write_bytes(path.read_bytes()[:-200])


def flip(path):
    data = bytearray(path.read_bytes())
    place = bytes(data).index(b"source: full.pth")
    data[place] ^= 1
    path.write_bytes(bytes(data))


@pytest.mark.parametrize("damage", [cut, flip, lambda path: path.write_text("hello")])
def test_a_damaged_archive_is_refused_in_one_line_and_leaves_nothing(
    folder, tmp_path, damage
):
    path = write_archive(folder, tmp_path / "my.zip")
    damage(path)
    with pytest.raises(ValueError, match="my.zip is damaged") as error:
        open_archive(path, tmp_path / "cache")
    assert "\n" not in str(error.value)
    assert not list((tmp_path / "cache").rglob("*"))


def test_an_archive_of_another_kind_is_named_by_what_it_holds(tmp_path):
    path = tmp_path / "asr.zip"
    meta = {"files": {"asr_model_file": "m.pth"}, "yaml_files": {}}
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("meta.yaml", yaml.safe_dump(meta))
    with pytest.raises(ValueError, match="asr_model_file"):
        open_archive(path, tmp_path / "cache")
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("a.txt", "hello")
    with pytest.raises(ValueError, match="no meta.yaml"):
        open_archive(path, tmp_path / "cache")


@pytest.mark.parametrize(
    "text", ["vae/model.safetensors", "./system.yaml", "meta.yaml"]
)
def test_a_text_that_espnet_would_rewrite_is_refused(folder, tmp_path, text):
    path = folder / "vae" / "config.yaml"
    path.write_text(path.read_text() + f"unlucky: [{{deep: {text}}}]\n")
    with pytest.raises(ValueError, match="would replace"):
        write_archive(folder, tmp_path / "my.zip")
    assert not (tmp_path / "my.zip").exists()


def test_what_cannot_be_packed_is_refused(folder, tmp_path):
    with pytest.raises(ValueError, match="no index"):
        write_archive(tmp_path, tmp_path / "my.zip")
    with pytest.raises(ValueError, match="end in .zip"):
        write_archive(folder, tmp_path / "my.pth")
    weights = folder / "vae" / "model.safetensors"
    weights.rename(tmp_path / "elsewhere")
    weights.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ValueError, match="is a link"):
        write_archive(folder, tmp_path / "my.zip")


def bomb(path):
    """Add a member of 1 GiB of zeros, which is 1 MB in the archive."""
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as file:
        with file.open("vae/zeros", "w", force_zip64=True) as sink:
            for _ in range(64):
                sink.write(bytes(1 << 24))
    return path


def test_an_archive_that_unpacks_to_far_more_is_refused_and_nothing_is_kept(
    folder, tmp_path, monkeypatch
):
    path = bomb(write_archive(folder, tmp_path / "my.zip"))
    assert path.stat().st_size < 3_000_000

    def copied(*_):
        raise AssertionError("it was unpacked")

    monkeypatch.setattr(shutil, "copyfileobj", copied)
    with pytest.raises(ValueError, match="my.zip of .* would unpack to 1073") as error:
        open_archive(path, tmp_path / "cache")
    assert "\n" not in str(error.value)
    assert not list((tmp_path / "cache").rglob("*"))


def test_an_archive_for_which_the_disk_is_too_small_is_refused(
    folder, tmp_path, monkeypatch
):
    path = write_archive(folder, tmp_path / "my.zip")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: argparse.Namespace(free=1000))
    with pytest.raises(ValueError, match="has 1000 free; .*XDG_CACHE_HOME"):
        open_archive(path, tmp_path / "cache")
    assert not list((tmp_path / "cache").rglob("*"))


def rewritten(path, name, content):
    """Return an archive with another content of one member."""
    changed = path.with_name(f"changed_{path.name}")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(changed, "w") as new:
        for info in old.infolist():
            data = content if info.filename == name else old.read(info)
            new.writestr(info.filename, data)
    return changed


@pytest.mark.parametrize(
    "content",
    [
        b"[1, 2]",
        b"3",
        b"files: [1]",
        b"files: {1: 2}",
        b"a: b: c",
        b"\xff",
        b"[" * 9999,
    ],
)
def test_a_meta_yaml_of_another_form_is_refused_in_one_line(folder, tmp_path, content):
    path = rewritten(write_archive(folder, tmp_path / "a.zip"), "meta.yaml", content)
    with pytest.raises(ValueError, match="changed_a.zip") as error:
        open_archive(path, tmp_path / "cache")
    assert "\n" not in str(error.value)
    assert not list((tmp_path / "cache").rglob("*"))


@pytest.mark.parametrize("content", [b"[1, 2]", b"format: other", b"\xff", b"a: b: c"])
def test_a_system_yaml_of_another_form_is_refused_and_nothing_is_kept(
    folder, tmp_path, content
):
    path = rewritten(write_archive(folder, tmp_path / "a.zip"), "system.yaml", content)
    with pytest.raises(
        ValueError, match="system.yaml of .*changed_a.zip is no"
    ) as error:
        open_archive(path, tmp_path / "cache")
    assert "\n" not in str(error.value)
    assert not list((tmp_path / "cache").rglob("*"))


def test_an_index_of_megabytes_is_not_read(folder, tmp_path):
    long = b"# " + bytes(2 << 20)
    path = rewritten(write_archive(folder, tmp_path / "a.zip"), "meta.yaml", long)
    with pytest.raises(ValueError, match="meta.yaml of .* has 2097154 bytes"):
        open_archive(path, tmp_path / "cache")


def test_weights_of_an_archive_that_do_not_fit_are_refused(folder, tmp_path):
    path = folder / "vae" / "model.safetensors"
    write_tensors(load_tensors(path) | {"stray": torch.ones(2)}, path)
    opened = open_archive(write_archive(folder, tmp_path / "a.zip"), tmp_path / "cache")
    with pytest.raises(ValueError, match=r"extra: stray \(2,\)"):
        read_system(opened)
