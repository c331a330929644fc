"""One file of a whole system, in ESPnet's archive format.

``meta.yaml`` names weight files and configs under a key, as ESPnet's model zoo reads
them; the key ``system_file`` marks an archive of this package. ESPnet rewrites each
config when it unpacks an archive; here members are copied byte for byte.
"""

import contextlib
import hashlib
import io
import os
import secrets
import shutil
from pathlib import Path
from typing import Any

from espnet2.gen_audio.checkpoint.archive.folder import INDEX, read_index
from espnet2.gen_audio.checkpoint.archive.system import NETS, OWN_NETS
from espnet2.gen_audio.checkpoint.experiment import WEIGHTS, read_config
from espnet2.gen_audio.files.archive_members import ArchiveReader, opened
from espnet2.gen_audio.files.atomic_file import atomic_path
from espnet2.gen_audio.files.file_form import ARCHIVE_INDEX, Form, form_of
from espnet2.gen_audio.files.plain_yaml import load_yaml

SYSTEM_KEY = "system_file"
_MAX_INDEX = 1 << 20  # bytes of meta.yaml and of system.yaml


def write_archive(system_folder: Path | str, path: Path | str) -> Path:
    """Pack the folder of a system with ESPnet's ``pack``.

    Names and order of the members depend on the folder alone; ESPnet writes the time
    and the versions of this machine into ``meta.yaml``. The working directory changes
    while it packs, because ESPnet names members relative to it.

    Args:
        system_folder: Folder that ``write_system`` wrote.
        path: Archive to write, ``.zip``.

    Returns:
        The archive.

    Raises:
        ValueError: If the folder holds no system, or ``path`` has another ending, or a
            file in it is a link to a file elsewhere, or ESPnet would rewrite a config.
    """
    from espnet2.main_funcs.pack_funcs import pack

    folder, path = Path(system_folder).resolve(), Path(path).absolute()
    if path.suffix != ".zip":
        raise ValueError(f"{path.name} must end in .zip, the form of ESPnet's models")
    files, configs, others = {SYSTEM_KEY: INDEX}, {}, []
    for name in read_index(folder)["parts"]:
        files[f"{name}_file"] = f"{name}/{WEIGHTS}"
        if name in (*NETS, *OWN_NETS):
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
        with contextlib.redirect_stdout(
            io.StringIO()
        ):  # the library prints every member
            pack(files, configs, temporary, option=others)
    return path


def is_archive(path: Path | str) -> bool:
    """Tell whether a file is an archive of ESPnet's form, by its content.

    Args:
        path: A file.

    Returns:
        True for a tar and for a zip with a ``meta.yaml``; torch's own files are zips
        as well, without that member.
    """
    return form_of(path) is Form.ARCHIVE


def open_archive(path: Path | str, cache: Path | str | None = None) -> Path:
    """Unpack an archive of ``write_archive`` once, and return its folder.

    The name of the folder is the archive's sha256, so that two archives with the same
    file name get two folders. The folder is complete or absent.

    Args:
        path: The archive.
        cache: Where folders are kept; ``espnet_gen_audio`` in the user's cache folder
            if None.

    Returns:
        A folder for ``read_system``.

    Raises:
        FileNotFoundError: If there is no such archive.
        ValueError: If it is damaged, was not written by ``write_archive``, names a file
            outside its folder, or unpacks to more than the bounds of ``members`` or
            than the disk has free.
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
            with contextlib.suppress(OSError):  # another process has unpacked it
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
    """Check all members of an archive, then copy them into a new folder."""
    with opened(path) as archive:
        _refuse_other_archives(path, archive)
        free = shutil.disk_usage(folder.parent).free
        if archive.total > free:
            raise ValueError(
                f"{path} unpacks to {archive.total} bytes, but the disk of "
                f"{folder.parent} has {free} free; free some, or set XDG_CACHE_HOME to "
                "a folder on another disk"
            )
        archive.unpack(folder)
    read_index(folder, f"{INDEX} of {path}")


def _refuse_other_archives(path: Path, archive: ArchiveReader) -> None:
    """Refuse an archive of ESPnet that holds another model."""
    members = {member.name: member for member in archive.members}
    if ARCHIVE_INDEX not in members:
        raise ValueError(
            f"{path} has no {ARCHIVE_INDEX}; give an archive that bin.pack wrote"
        )
    for name in (ARCHIVE_INDEX, INDEX):
        if name in members and members[name].size > _MAX_INDEX:
            raise ValueError(
                f"{name} of {path} has {members[name].size} bytes, where at most "
                f"{_MAX_INDEX} are read; pack the system again"
            )
    with archive.open(members[ARCHIVE_INDEX]) as file:
        files = _named_files(file.read(), path)
    if files.get(SYSTEM_KEY) != INDEX:
        keys = ", ".join(sorted(map(str, files))) or "no files"
        raise ValueError(
            f"{path} is an ESPnet archive of another model, with {keys}; one with "
            f"{SYSTEM_KEY} is needed, as bin.pack writes it"
        )


def _named_files(text: bytes, path: Path) -> dict[str, Any]:
    """Return the entry ``files`` of ``meta.yaml``; empty if there is none."""
    try:
        meta = load_yaml(text)
    except ValueError as error:
        raise ValueError(
            f"{ARCHIVE_INDEX} of {path} is not plain YAML; pack the system again"
        ) from error
    files = meta.get("files") if isinstance(meta, dict) else None
    return files if isinstance(files, dict) else {}


def _refuse_links(folder: Path, member: str) -> None:
    """Refuse a link: ESPnet would name the file outside the folder."""
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
    elif isinstance(value, str) and os.path.normpath(value) in members | {
        ARCHIVE_INDEX
    }:
        raise ValueError(
            f"{config} holds the text {value!r}, which ESPnet would replace by a path "
            "when it unpacks; name it otherwise"
        )
