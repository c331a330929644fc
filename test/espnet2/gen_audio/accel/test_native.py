"""C code: compiled once, in the user's own folder, and done without where it fails."""

import ctypes
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from espnet2.gen_audio.accel import native

compiles = pytest.mark.skipif(
    native._compiler() is None or native._openmp() is None,
    reason="no C compiler, or torch without OpenMP",
)


@pytest.fixture(autouse=True)
def cache_folder(monkeypatch, tmp_path):
    """An empty cache folder of the user, and nothing remembered."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.delenv("CC", raising=False)
    native.library.cache_clear()
    yield tmp_path / "gen_audio"
    native.library.cache_clear()


@compiles
def test_a_file_is_compiled_once_and_then_loaded(cache_folder, monkeypatch):
    first = native.library("attention.c", FEATURES=32)
    assert isinstance(first.attention, ctypes._CFuncPtr)
    assert [path.suffix for path in cache_folder.iterdir()] == [".so"]
    native.library.cache_clear()
    monkeypatch.setattr(native, "_compile", lambda *_: pytest.fail("compiled again"))
    assert native.library("attention.c", FEATURES=32) is not None


@compiles
def test_other_macros_other_code_and_another_cpu_have_files_of_their_own(
    cache_folder, monkeypatch
):
    native.library("attention.c", FEATURES=32)
    native.library("attention.c", FEATURES=16)
    native.library.cache_clear()
    monkeypatch.setattr(native.platform, "machine", lambda: "another")
    native.library("attention.c", FEATURES=32)
    assert len(list(cache_folder.iterdir())) == 3


@compiles
def test_threads_are_those_of_torch():
    # in a process of its own, since other tests load other libraries with threads
    code = (
        "from pathlib import Path; import torch\n"
        "from espnet2.gen_audio.accel import native\n"
        "native.library('attention.c', FEATURES=32)\n"
        "lines = Path('/proc/self/maps').read_text().splitlines()\n"
        "loaded = {line.split()[-1] for line in lines if '/lib' in line}\n"
        "print(len({p for p in loaded if Path(p).name.startswith('libgomp')}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert int(done.stdout) <= 1, done.stderr


def test_without_a_compiler_there_is_no_library(monkeypatch):
    monkeypatch.setenv("CC", "no-such-compiler")
    assert native.library("attention.c", FEATURES=32) is None


@compiles
@pytest.mark.parametrize("compiler", ["true", "false", "cat"])
def test_a_program_that_compiles_nothing_is_done_without(
    compiler, cache_folder, monkeypatch
):
    monkeypatch.setenv("CC", compiler)
    assert native.library("attention.c", FEATURES=32) is None
    assert not list(cache_folder.iterdir())


@compiles
def test_without_a_folder_to_store_in_there_is_no_library(monkeypatch, tmp_path):
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert native.library("attention.c", FEATURES=32) is None


@compiles
def test_a_user_without_a_home_has_no_library(monkeypatch):
    def missing():
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setattr(native.Path, "home", missing)
    assert native.library("attention.c", FEATURES=32) is None


@compiles
def test_a_stored_file_that_is_no_library_is_not_loaded(monkeypatch):
    monkeypatch.setattr(native, "_make", lambda path, *_: path.write_bytes(b"half"))
    assert native.library("attention.c", FEATURES=32) is None


@compiles
@pytest.mark.parametrize("links", [True, False], ids=["with", "without hard links"])
def test_a_file_that_another_process_made_meanwhile_is_kept(
    links, cache_folder, monkeypatch
):
    def made_meanwhile(source, made, *given):
        real(source, made, *given)
        real(source, path, *given)
        inodes.append(path.stat().st_ino)

    def refuse(*_):
        raise PermissionError("no hard links")

    inodes, real = [], native._compile
    native.library("attention.c", FEATURES=32)
    native.library.cache_clear()
    (path,) = cache_folder.iterdir()
    path.unlink()
    monkeypatch.setattr(native, "_compile", made_meanwhile)
    if not links:
        monkeypatch.setattr(native.os, "link", refuse)
    assert native.library("attention.c", FEATURES=32) is not None
    assert list(cache_folder.iterdir()) == [path]
    assert (path.stat().st_ino == inodes[0]) == links


def test_cpus_of_arm_have_files_of_their_own_too(monkeypatch):
    def key(told):
        monkeypatch.setattr(native.Path, "read_text", lambda path: told)
        return native._key(b"", __file__)

    assert key("Features\t: fp asimd\n") != key("Features\t: fp asimd sve\n")
    assert key("cpu MHz\t: 1\n") == key("cpu MHz\t: 2\n")


def test_of_several_openmp_libraries_torchs_own_is_taken(monkeypatch):
    own = Path(torch.__file__).parent / "lib" / "libgomp.so.1"
    paths = "/a/sklearn.libs/libgomp-1.so", str(own), "/usr/lib/libgomp.so.1"
    told = "".join(f"7f0-7f1 r-xp 00000000 08:01 1 {path}\n" for path in paths)
    monkeypatch.setattr(native.Path, "read_text", lambda path: told)
    assert native._openmp() == str(own)
    monkeypatch.setattr(native.Path, "read_text", lambda path: told[: told.find("\n")])
    assert native._openmp() == paths[0]


def test_without_torchs_threads_there_is_no_library(monkeypatch):
    monkeypatch.setattr(native, "_openmp", lambda: None)
    assert native.library("attention.c", FEATURES=32) is None


@compiles
@pytest.mark.parametrize(
    "error", [OSError("no space left"), subprocess.TimeoutExpired("cc", 60)]
)
def test_a_compiler_that_fails_leaves_no_file_and_no_error(
    error, cache_folder, monkeypatch, caplog
):
    def fail(*_, **__):
        raise error

    caplog.set_level("INFO")
    monkeypatch.setattr(native.subprocess, "run", fail)
    assert native.library("attention.c", FEATURES=32) is None
    assert not list(cache_folder.iterdir())
    assert "attention.c is not used" in caplog.text


@compiles
def test_a_folder_that_others_may_write_to_is_not_used(cache_folder):
    cache_folder.mkdir(mode=0o700)
    os.chmod(cache_folder, 0o777)
    assert native.library("attention.c", FEATURES=32) is None
    assert not list(cache_folder.iterdir())


@compiles
@pytest.mark.skipif(shutil.which("gcc") is None, reason="the options are those of gcc")
@pytest.mark.parametrize("features", [16, 32, 64])
def test_code_for_cpus_without_avx512_is_compiled_too(features, tmp_path, monkeypatch):
    monkeypatch.setattr(native, "OPTIONS", (*native.OPTIONS, "-U__AVX512F__"))
    assert native.library("attention.c", FEATURES=features) is not None
