"""Decide from the content of its input whether a step of the recipe has to run.

A step is one command with the paths that it reads and writes. Its stamp, a JSON file,
has a digest of the command and its input, and a digest of its output. A step is up to
date if both digests are unchanged, independent of the dates of files. A step that was
killed has no stamp and runs again.

Every step of a recipe starts a Python process that imports this file, mostly only to
print 'up to date'. Slow modules, such as dataclasses, are therefore not imported here.
"""

import hashlib
import json
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from time import time_ns
from typing import NamedTuple

from espnet2.gen_audio.files.atomic_file import write_json
from espnet2.gen_audio.recipe.rejects import NAME as REJECTS

# A change within one tick of a file system's clock has the same time as the one before:
# 4 ms are usual, two seconds the most (FAT).
_TICK = 2_000_000_000  # ns
_OFFSET = re.compile(r":\d+(\[[\d:,]*\])?$")  # offset of an entry in a Kaldi archive


class ContentDigests:
    """Digests of file contents, cached by inode, size and times.

    Hashing a corpus at each start would take longer than a small stage. A file whose
    inode, size, modification time and change time (ctime, which programs cannot set)
    are unchanged is not read again. As in git's index, the digest of a file that was
    changed less than two seconds before it was read is not kept: a second change could
    have the same times.

    Args:
        cache_file: File that stores the digests between runs.
    """

    def __init__(self, cache_file: Path):
        self.cache_file = cache_file
        self.changed = False
        try:
            known = json.loads(cache_file.read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError):
            # absent, or truncated by a full disk: all files are hashed again
            known = {}
        # files with invalid entries are hashed again, too
        self.known: dict[str, list] = known if isinstance(known, dict) else {}

    def of_file(self, path: Path) -> str:
        """Return the SHA-256 digest of one file's content."""
        now, status = time_ns(), path.stat()
        state = [status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino]
        entry = self.known.get(str(path))
        if not isinstance(entry, list) or entry[1:] != state:
            with path.open("rb") as file:
                entry = [hashlib.file_digest(file, "sha256").hexdigest(), *state]
            self.changed = True
            if status.st_ctime_ns < now - _TICK:
                self.known[str(path)] = entry
            else:
                self.known.pop(str(path), None)
        return entry[0]

    def of_paths(self, paths: Iterable[Path]) -> str:
        """Return one digest of the names and contents of files and folders.

        Args:
            paths: Files, or folders with all their files. The digest of a Kaldi script
                file (``*.scp``) includes the files that it lists. The digest of a list
                of rejected clips includes these clips too, so that repairing or adding
                one is a change.

        Returns:
            A SHA-256 digest in hexadecimal; raises an error for a path that does not
            exist.
        """
        total, listed = hashlib.sha256(), {}
        for path in paths:
            for file in files_below(path):
                total.update(f"{file}\0{self.of_file(file)}\n".encode())
                listed |= dict.fromkeys(files_listed(file))
        for file in listed:
            total.update(f"{file}\0{self._of_listed(file)}\n".encode())
        return total.hexdigest()

    def _of_listed(self, file: Path) -> str:
        """Return the digest of a file; the command itself reports a fault of the file.

        Args:
            file: A file that another one lists.

        Returns:
            Its digest, or a word if it cannot be read.
        """
        try:
            return self.of_file(file) if file.is_file() else "absent"
        except OSError:
            return "unreadable"

    def save(self) -> None:
        """Store the digests for the next run, if there are new ones."""
        if self.changed:
            self.cache_file.parent.mkdir(parents=True, exist_ok=True)
            write_json(self.cache_file, self.known)
            self.changed = False


def files_below(path: Path) -> Iterator[Path]:
    """Yield a file itself, or the files of a folder, sorted, except hidden files.

    Args:
        path: A file or a folder.

    Yields:
        Paths of regular files; links are followed.

    Raises:
        FileNotFoundError: If the path does not exist.
    """
    if path.is_file():
        yield path
    elif path.is_dir():
        for entry in sorted(path.iterdir()):
            if not (entry.name.startswith(".") or entry.name in ("log", "logs")):
                yield from files_below(entry)
    else:
        raise FileNotFoundError(f"{path} does not exist")


def files_listed(file: Path) -> list[Path]:
    """Return the files that a file of the recipe lists.

    Args:
        file: Any file.

    Returns:
        For a Kaldi script file, the files with the data; for ``rejects.tsv``, the
        rejected files; for every other file, an empty list.
    """
    if file.suffix == ".scp":
        return list(files_of_scp(file).values())
    if file.name == REJECTS:
        lines = file.read_text(encoding="utf-8", errors="surrogateescape").split("\n")
        rows = [line.split("\t") for line in lines[1:]]
        return [Path(row[1]) for row in rows if len(row) > 1 and row[1]]
    return []


def files_of_scp(scp: Path) -> dict[str, Path]:
    """Return the files that a Kaldi script file lists.

    Args:
        scp: File with lines ``<id> <path>``, or ``<id> <path>:<offset>`` for archives.

    Returns:
        Files by id; without lines that contain a command (``cmd |``).
    """
    files = {}
    for line in scp.read_text(encoding="utf-8", errors="surrogateescape").split("\n"):
        name, _, place = line.strip().partition(" ")
        place = place.strip()
        if place and not place.endswith("|"):
            files[name] = Path(_OFFSET.sub("", place))
    return files


class Step(NamedTuple):
    """One command of the recipe, with what it reads and writes.

    Args:
        name: Name in messages and of the stamp, for example ``dump_loa.train``.
        command: The command and its arguments.
        reads: Files and folders whose content determines the result.
        writes: Files and folders that must exist afterwards.
        code: Source of the package that decides the result, as ``digest_of_code`` takes
            it.
    """

    name: str
    command: Sequence[str]
    reads: Sequence[Path]
    writes: Sequence[Path]
    code: Sequence[str] = ()

    def wanted(self, digests: ContentDigests) -> str:
        """Return the digest of the command and its input.

        Args:
            digests: Cache of file digests.

        Returns:
            A SHA-256 digest in hexadecimal.

        Raises:
            FileNotFoundError: If an input does not exist; the message names the step
                and the path.
        """
        for path in self.reads:
            if not path.exists():
                raise FileNotFoundError(
                    f"{self.name} reads {path}, which does not exist; run the earlier "
                    "stages first (--stage 1), or give the option that names this file"
                )
        text = "\0".join([*self.command, digests.of_paths(self.reads)])
        return hashlib.sha256(text.encode()).hexdigest()

    def is_done(self, stamp_dir: Path, wanted: str, digests: ContentDigests) -> bool:
        """Return whether input and output are unchanged since the stamp.

        Args:
            stamp_dir: Folder of the stamps.
            wanted: Current result of ``wanted``.
            digests: Cache of file digests.

        Returns:
            True if the command does not need to run.
        """
        stamp = self._stamped(stamp_dir)
        if stamp is None or not all(path.exists() for path in self.writes):
            return False
        written = digests.of_paths(self.writes)
        return stamp == {"reads": wanted, "writes": written} | self._code_digest()

    def has_other_code(self, stamp_dir: Path, wanted: str) -> bool:
        """Return whether the code alone has changed since the stamp.

        Args:
            stamp_dir: Folder of the stamps.
            wanted: What ``wanted`` returns now.

        Returns:
            Whether the result was made by other code from the input of now.
        """
        stamp = self._stamped(stamp_dir)
        if stamp is None or stamp.get("reads") != wanted:
            return False
        return stamp.get("code") != self._code_digest().get("code")

    def _stamped(self, stamp_dir: Path) -> dict[str, str] | None:
        """Return what the stamp says; None without one."""
        try:
            stamp = json.loads(self.stamp(stamp_dir).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return stamp if isinstance(stamp, dict) else None

    def _code_digest(self) -> dict[str, str]:
        """Return the entry of the code in the stamp; none if no code is named."""
        if not self.code:
            return {}
        # few steps need it, and most starts of Python must be quick
        from espnet2.gen_audio.recipe.source_digest import digest_of_code

        return {"code": digest_of_code(self.code)}

    def mark_done(self, stamp_dir: Path, wanted: str, digests: ContentDigests) -> None:
        """Check that all output exists, then write the stamp.

        Args:
            stamp_dir: Folder of the stamps.
            wanted: Result of ``wanted`` before the command ran.
            digests: Cache of file digests.

        Raises:
            RuntimeError: If the command succeeded but an output is missing.
        """
        missing = [str(path) for path in self.writes if not path.exists()]
        if missing:
            raise RuntimeError(
                f"{self.name} ended without error but did not write "
                f"{', '.join(missing)}; see its log"
            )
        stamp_dir.mkdir(parents=True, exist_ok=True)
        written = digests.of_paths(self.writes)
        stamp = {"reads": wanted, "writes": written} | self._code_digest()
        write_json(self.stamp(stamp_dir), stamp)

    def stamp(self, stamp_dir: Path) -> Path:
        """Return the path of this step's stamp; one per name and output."""
        place = hashlib.sha256("\0".join(map(os.fspath, self.writes)).encode())
        return stamp_dir / f"{self.name}.{place.hexdigest()[:8]}.json"
