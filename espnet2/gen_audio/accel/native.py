"""C code that is compiled once per machine, where there is a C compiler.

The code is plain C without headers of torch, so that compiling takes less than a
second. It uses the OpenMP threads of torch: a second OpenMP library in the process
would have threads of its own. Compiled files are stored in ``gen_audio`` in the user's
cache folder (``XDG_CACHE_HOME``); their names depend on the code, the compiler and the
CPU. Without a compiler, without OpenMP, without a home folder that can be written or on
an error there is no library, and callers use torch instead.
"""

import ctypes
import hashlib
import logging
import os
import platform
import shutil
import stat
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import torch

from espnet2.gen_audio.files.atomic_file import atomic_path

OPTIONS = ("-std=gnu11", "-O3", "-march=native", "-fPIC", "-fopenmp")
# lines about a CPU, of Intel and AMD and of ARM; a file with instructions that a CPU
# lacks would end the process
OF_THE_CPU = ("flags", "model name", "Features", "CPU implementer", "CPU part")
SECONDS = 60  # a compiler that takes longer is stopped


@cache
def library(name: str, **macros: int) -> ctypes.CDLL | None:
    """Return a compiled file of this folder.

    Args:
        name: Name of the file.
        **macros: Macros by name.

    Returns:
        The library; None where it cannot be compiled.
    """
    compiler, threads = _compiler(), _openmp()
    if compiler is None or threads is None:
        return None
    source = Path(__file__).with_name(name)
    options = [*OPTIONS, *(f"-D{macro}={value}" for macro, value in macros.items())]
    try:
        folder = _cache_folder()
        key = _key(source.read_bytes(), compiler, threads, *options)
        path = folder / f"{source.stem}-{key}.so"
        if not path.exists():
            _make(path, source, compiler, threads, options)
        return ctypes.CDLL(str(path))
    # a user without an entry in the list of users has no home: RuntimeError
    except (OSError, RuntimeError, subprocess.SubprocessError) as error:
        logging.info("%s is not used, torch does its work: %s", name, error)
        return None


def _make(path: Path, source: Path, *given: Any) -> None:
    """Compile to a path, unless another process has done so meanwhile.

    That process may have loaded its file. To replace a loaded file on a network disk
    kills its process if it runs on another machine.
    """
    draft = path.with_name(f".{os.urandom(8).hex()}.so")
    try:
        with atomic_path(draft) as made:
            _compile(source, made, *given)
        _put(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def _put(draft: Path, path: Path) -> None:
    """Give a file its name, unless another file has it."""
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    except OSError:  # no hard links on this disk
        os.replace(draft, path)


def _compile(
    source: Path, made: Path, compiler: str, threads: str, options: list[str]
) -> None:
    """Compile and link; two calls, since -fopenmp would link another OpenMP."""
    compiled = made.with_suffix(".o")
    runs = [compiler, *options, "-c", str(source), "-o", str(compiled)], [
        *(compiler, "-shared", str(compiled), threads, "-o", str(made))
    ]
    try:
        for run in runs:
            subprocess.run(
                run,
                check=True,
                stdin=subprocess.DEVNULL,  # no compiler waits for a terminal
                capture_output=True,
                timeout=SECONDS,
            )
    finally:
        compiled.unlink(missing_ok=True)


def _compiler() -> str | None:
    """Return the C compiler, that of CC first; None if there is none."""
    named = os.environ.get("CC", "")
    found = map(shutil.which, [named] if named else ["gcc", "clang"])
    return next((each for each in found if each), None)


def _openmp() -> str | None:
    """Return the OpenMP library that torch has loaded; None if it has none.

    Packages such as scikit-learn load others, whose threads would compete with torch's.
    """
    try:
        lines = Path("/proc/self/maps").read_text().splitlines()
    except OSError:  # the system is not Linux
        return None
    paths = (line.split(maxsplit=5)[5] for line in lines if line.count("/"))
    names = ("libgomp", "libiomp5", "libomp")
    found = sorted({p for p in paths if Path(p).name.startswith(names)})
    folders = str(Path(torch.__file__).parent), os.sep  # torch's own comes first
    return next((p for each in folders for p in found if p.startswith(each)), None)


def _cache_folder() -> Path:
    """Return the folder of compiled files; refuse one that others may write to."""
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    folder = Path(home) / "gen_audio"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    status = folder.stat()
    if status.st_uid != os.getuid() or status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise PermissionError(f"others than this user may write to {folder}")
    return folder


def _key(source: bytes, *names: str) -> str:
    """Return a name for the code, the compiler and the CPU; home folders are shared."""
    told = [platform.machine(), *names]
    compiler = Path(names[0]).resolve().stat()
    told += [str(compiler.st_size), str(compiler.st_mtime_ns)]
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    told += sorted({line for line in lines if line.startswith(OF_THE_CPU)})
    return hashlib.sha256(source + "\n".join(told).encode()).hexdigest()[:20]
