"""One file of a whole system, in ESPnet's archive format.

``meta.yaml`` names weight files and configs under a key, as ESPnet's model zoo reads
them; ``system_file`` is the key by which an archive of ours is known. The toolkit
unpacks by rewriting each config; here members are copied byte for byte.
"""

import contextlib
import hashlib
import io
import os
import secrets
import shutil
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

import yaml

from espnet2.gen_audio.checkpoint.experiment import WEIGHTS, read_config
from espnet2.gen_audio.checkpoint.system import INDEX, NETS, read_index
from espnet2.gen_audio.files.atomic_file import atomic_path

META = "meta.yaml"
SYSTEM_KEY = "system_file"
_DAMAGE = (zipfile.BadZipFile, tarfile.TarError, zlib.error, EOFError, KeyError)


def write_archive(system_folder: Path | str, path: Path | str) -> Path:
    """Pack a folder of ours with ESPnet's ``pack``.

    Names and order of the members follow from the folder alone; ESPnet writes the time
    and the versions of this machine into ``meta.yaml``. The working directory changes
    while it packs, because ESPnet names members relative to it.

    Args:
        system_folder: What ``write_system`` left.
        path: Archive to write, ``.zip``.

    Returns:
        The archive.

    Raises:
        ValueError: If the folder holds no system, or ``path`` has another ending, or a
            file of the system lies elsewhere, or ESPnet would rewrite a config.
    """
    from espnet2.main_funcs.pack_funcs import pack

    folder, path = Path(system_folder).resolve(), Path(path).absolute()
    if path.suffix != ".zip":
        raise ValueError(f"{path.name} must end in .zip, the form of ESPnet's models")
    files, configs, others = {SYSTEM_KEY: INDEX}, {}, []
    for name in read_index(folder)["parts"]:
        files[f"{name}_file"] = f"{name}/{WEIGHTS}"
        if name in NETS:
            configs[f"{name}_config"] = f"{name}/config.yaml"
        others += sorted(
            f"{name}/{file.relative_to(folder / name)}"
            for file in (folder / name).rglob("*")
            if file.is_file() and file.name not in (WEIGHTS, "config.yaml")
        )
    members = [*configs.values(), *files.values(), *others]
    for member in members:
        _refuse_links(folder, member)
    for config in configs.values():
        _refuse_rewriting(read_config((folder / config).parent), config, set(members))
    with atomic_path(path) as temporary, contextlib.chdir(folder):
        with contextlib.redirect_stdout(io.StringIO()):  # it prints every member
            pack(files, configs, temporary, option=others)
    return path


def open_archive(path: Path | str, cache: Path | str | None = None) -> Path:
    """Unpack an archive of ours once, and return its folder.

    The folder is named by the archive's sha256, so that another archive under the same
    name is another folder; it is whole or absent.

    Args:
        path: What ``write_archive`` wrote.
        cache: Where folders are kept; ``espnet_gen_audio`` in the user's cache folder
            if None.

    Returns:
        A folder for ``read_system``.

    Raises:
        FileNotFoundError: If there is no such archive.
        ValueError: If it is damaged, none of ours, or names a file outside its folder.
    """
    path = Path(path)
    with path.open("rb") as file:
        name = hashlib.file_digest(file, "sha256").hexdigest()
    target = (cache_folder() if cache is None else Path(cache)) / name
    if not (target / INDEX).is_file():
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = target.with_name(f".tmp-{os.getpid()}-{secrets.token_hex(4)}")
        try:
            _unpack(path, temporary)
            with contextlib.suppress(OSError):  # another process was faster
                os.rename(temporary, target)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
    read_index(target)
    return target


def cache_folder() -> Path:
    """Return where unpacked archives are kept for this user."""
    root = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(root) / "espnet_gen_audio"


def _unpack(path: Path, folder: Path) -> None:
    """Copy the members of an archive into a new folder, after a look at their names."""
    from espnet2.main_funcs.pack_funcs import Archiver

    with _one_line_errors(path), Archiver(path) as archive:
        members = {archive.get_name_from_info(info): info for info in archive}
        if META not in members:
            raise ValueError(
                f"{path} has no {META}; give an archive that bin.pack wrote"
            )
        for name, info in members.items():
            _refuse_name(path, name, info)
        with archive.extractfile(members[META], "rb") as file:
            found = (yaml.safe_load(file.read()) or {}).get("files") or {}
        if found.get(SYSTEM_KEY) != INDEX:
            keys = ", ".join(sorted(found)) or "nothing"
            raise ValueError(
                f"{path} is an ESPnet archive of another kind, with {keys}; one with "
                f"{SYSTEM_KEY} is needed, as bin.pack writes it"
            )
        folder.mkdir(parents=True)
        for name, info in members.items():
            if name.endswith("/") or (
                isinstance(info, tarfile.TarInfo) and info.isdir()
            ):
                continue
            place = folder / name
            place.parent.mkdir(parents=True, exist_ok=True)
            with archive.extractfile(info, "rb") as source, place.open("wb") as sink:
                shutil.copyfileobj(source, sink, 1 << 20)


@contextlib.contextmanager
def _one_line_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except _DAMAGE as error:
        raise ValueError(
            f"{path} is damaged or no archive ({type(error).__name__}: {error}); copy "
            "or download it again"
        ) from error
    except yaml.YAMLError as error:
        raise ValueError(f"{path}: {META} is not plain YAML; pack it again") from error


def _refuse_name(path: Path, name: str, info: Any) -> None:
    """Refuse a member that would be written outside, or that is a link."""
    parts = PurePosixPath(name)
    bad = parts.is_absolute() or ".." in parts.parts or "\\" in name or ":" in name
    if bad or (
        isinstance(info, tarfile.TarInfo) and not (info.isfile() or info.isdir())
    ):
        raise ValueError(
            f"{path} holds {name!r}, which would leave the folder it is unpacked to; "
            "it was not made by bin.pack and is not opened"
        )


def _refuse_links(folder: Path, member: str) -> None:
    """Refuse a file that ESPnet would name by its place outside the folder."""
    if (folder / member).resolve() != folder / member:
        raise ValueError(
            f"{folder / member} is a link; pack a folder that holds the files "
            "themselves (cp -rL)"
        )


def _refuse_rewriting(value: Any, config: str, members: set[str]) -> None:
    """Refuse a text that ESPnet's ``unpack`` would take for the name of a member."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            _refuse_rewriting(item, config, members)
    elif isinstance(value, str) and os.path.normpath(value) in members | {META}:
        raise ValueError(
            f"{config} holds the text {value!r}, which ESPnet would replace by a path "
            "when it unpacks; name it otherwise"
        )
