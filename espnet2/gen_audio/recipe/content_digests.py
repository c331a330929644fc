"""Digests of the contents of files and folders, cached between runs.

Every step of a recipe asks for them at its start, mostly only to say 'up to date'. At
200,000 clips this takes a second, most of it one look at the size and times of each
file; slow modules, such as dataclasses, are therefore not imported here.
"""

import hashlib
import json
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from time import time_ns

from espnet2.gen_audio.files.atomic_file import write_text
from espnet2.gen_audio.recipe.rejects import NAME as REJECTS

# A change within one tick of a file system's clock has the same time as the one before:
# 4 ms are usual, two seconds the most (FAT).
_TICK = 2_000_000_000  # ns
_OFFSET = re.compile(r":\d+(\[[\d:,]*\])?$")  # offset of an entry in a Kaldi archive
_ENDS = frozenset("0123456789]")  # last characters of an offset and of a range
_UNREADABLE = "unreadable"
_SPACE = re.compile(r"[ \t]+")  # between an id and the rest of its line


class ContentDigests:
    """Digests of file contents, cached by inode, size and times.

    Hashing a corpus at each start would take longer than a small stage. A file whose
    inode, size, modification time and change time (ctime, which programs cannot set)
    are unchanged is not read again. As in git's index, the digest of a file that was
    changed less than two seconds before it was read is not kept: a second change could
    have the same times. If nothing changed in all files of a step, one stored digest
    is the answer, and the table of the files is not even loaded.

    Args:
        cache_file: File that stores the digests between runs.
    """

    def __init__(self, cache_file: Path):
        self.cache_file = cache_file
        self.totals_file = cache_file.with_name(f"{cache_file.stem}.totals.json")
        self.changed = False
        self._recent = False  # whether a digest of the current question is not kept
        self._known: dict[str, list] | None = None
        self._states: dict[str, str] = {}  # of this process
        self.totals = _stored(self.totals_file)

    @property
    def known(self) -> dict[str, list]:
        """Digest, size, times and inode of files; loaded when a digest is needed."""
        if self._known is None:
            self._known = _stored(self.cache_file)
        return self._known

    def of_file(self, path: str | Path) -> str:
        """Return the SHA-256 digest of one file's content."""
        now, status = time_ns(), os.stat(path)
        state = _state_of(status)
        entry = self.known.get(str(path))
        # files with invalid entries are hashed again, too
        if not isinstance(entry, list) or entry[1:] != state:
            entry = [digest_of_file(path), *state]
            self.changed = True
            if status.st_ctime_ns < now - _TICK:
                self.known[str(path)] = entry
            else:
                self.known.pop(str(path), None)
                self._recent = True
        return entry[0]

    def of_paths(self, paths: Iterable[Path]) -> str:
        """Return one digest of the names and contents of files and folders.

        Args:
            paths: Files, or folders with their files (``names_below``). The digest of a
                Kaldi script file (``*.scp``) includes the files that it lists. The
                digest of a list of rejected clips includes these clips too, so that
                repairing or adding one is a change.

        Returns:
            A SHA-256 digest in hexadecimal; raises an error for a path that does not
            exist.
        """
        paths = list(paths)
        files = [file for path in paths for file in names_below(path)]
        listed = list(dict.fromkeys(name for f in files for name in names_listed(f)))
        place = hashlib.sha256(_encoded("\0".join(map(os.fspath, paths)))).hexdigest()
        state = self._state_of_all(files, listed)
        stored = self.totals.get(place)
        if isinstance(stored, list) and stored[:1] == [state] and len(stored) == 2:
            return stored[1]
        total, lasting = self._total_of(files, listed)
        if lasting:
            self.totals[place] = [state, total]
            self.changed = True
        return total

    def _total_of(self, files: list[str], listed: list[str]) -> tuple[str, bool]:
        """Return the digest of contents, and whether it may be kept."""
        total, self._recent, readable = hashlib.sha256(), False, True
        for file in files:
            total.update(_encoded(f"{file}\0{self.of_file(file)}\n"))
        for file in listed:
            digest = self._of_listed(file)
            readable &= digest != _UNREADABLE  # permission leaves no trace in a file
            total.update(_encoded(f"{file}\0{digest}\n"))
        return total.hexdigest(), readable and not self._recent

    def _state_of_all(self, files: list[str], listed: list[str]) -> str:
        """Return one digest of names, inodes, sizes and times, without contents."""
        total, states = hashlib.sha256(), self._states
        for names in (files, listed):
            for name in names:
                if name not in states:
                    try:
                        states[name] = f"{name}\0{_state_of(os.stat(name))}\n"
                    except (OSError, ValueError):
                        states[name] = f"{name}\0absent\n"
                total.update(_encoded(states[name]))
            total.update(b"listed\n")
        return total.hexdigest()

    def _of_listed(self, file: str) -> str:
        """Return the digest of a file; the command itself reports a fault of the file.

        Args:
            file: A file that another one lists.

        Returns:
            Its digest, or a word if it cannot be read.
        """
        try:
            return self.of_file(file) if os.path.isfile(file) else "absent"
        except OSError:
            return _UNREADABLE

    def forget_states(self) -> None:
        """Look at the files again at the next question; a command may have run."""
        self._states = {}

    def save(self) -> None:
        """Store the digests for the next run, if there are new ones."""
        if self.changed:
            self.cache_file.parent.mkdir(parents=True, exist_ok=True)
            if self._known is not None:
                _store(self.cache_file, self._known)
            _store(self.totals_file, self.totals)
            self.changed = False


def digest_of_file(path: str | Path) -> str:
    """Return the SHA-256 digest of a file's content, without any cache.

    Args:
        path: The file.

    Returns:
        The digest in hexadecimal.
    """
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _stored(file: Path) -> dict[str, list]:
    """Return the object of a JSON file; nothing if it is absent or damaged."""
    try:
        known = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        # absent, or truncated by a full disk: all files are hashed again
        known = {}
    return known if isinstance(known, dict) else {}


def _store(file: Path, known: dict[str, list]) -> None:
    # json escapes bytes of names that are no UTF-8, and reads them again
    write_text(file, json.dumps(known, indent=0) + "\n")


def _state_of(status: os.stat_result) -> list[int]:
    """Return size, times and inode of a file."""
    return [status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino]


def _encoded(text: str) -> bytes:
    """Return text as bytes, with the names of files as the system has them."""
    return text.encode("utf-8", "surrogateescape")


def files_below(path: Path) -> Iterator[Path]:
    """Return the files of ``names_below``.

    Args:
        path: A file or a folder.

    Returns:
        Paths of regular files; links are followed.
    """
    return map(Path, names_below(path))


def names_below(path: str | Path) -> Iterator[str]:
    """Yield a file itself, or the files of a folder and its folders, sorted.

    Hidden files and folders, and those named ``log`` or ``logs``, are left out.

    Args:
        path: A file or a folder.

    Yields:
        Names of regular files; links are followed, links to nothing left out.

    Raises:
        FileNotFoundError: If the path does not exist.
    """
    name = os.fspath(path)
    if os.path.isfile(name):
        yield name
    elif os.path.isdir(name):
        with os.scandir(name) as found:
            entries = sorted(found, key=lambda entry: entry.name)
        for entry in entries:
            if entry.name.startswith(".") or entry.name in ("log", "logs"):
                continue
            if entry.is_file():
                yield entry.path
            elif entry.is_dir():  # neither a link to nothing nor a pipe
                yield from names_below(entry.path)
    else:
        raise FileNotFoundError(f"{name} does not exist")


def files_listed(file: Path) -> list[Path]:
    """Return the files that a file of the recipe lists.

    Args:
        file: Any file.

    Returns:
        For a Kaldi script file, the files with the data; for ``rejects.tsv``, the
        rejected files; for every other file, an empty list.
    """
    return list(map(Path, names_listed(os.fspath(file))))


def names_listed(file: str) -> Iterable[str]:
    """Return the names of the files that a file of the recipe lists.

    Args:
        file: Any file.

    Returns:
        For a Kaldi script file, the files with the data, each once; for
        ``rejects.tsv``, the rejected files; for every other file, nothing.
    """
    if file.endswith(".scp"):
        return dict.fromkeys(name for _, name in _rows_of_scp(file))
    if os.path.basename(file) == REJECTS:
        rows = [line.split("\t") for line in _lines(file)[1:]]
        return [str(Path(row[1])) for row in rows if len(row) > 1 and row[1]]
    return []


def _lines(file: str | Path) -> list[str]:
    text = Path(file).read_text(encoding="utf-8", errors="surrogateescape")
    return text.split("\n")


def _rows_of_scp(scp: str | Path) -> Iterator[tuple[str, str]]:
    """Yield id and file of the lines of a Kaldi script file, except commands."""
    for line in _lines(scp):
        name, *rest = _SPACE.split(line.strip(), maxsplit=1)
        place = rest[0] if rest else ""
        if place and not place.endswith("|"):
            if place[-1:] in _ENDS:  # an offset ends in a digit, a range in a bracket
                place = _OFFSET.sub("", place)
            if "//" in place or "./" in place:
                place = str(Path(place))
            yield name, place


def files_of_scp(scp: Path) -> dict[str, Path]:
    """Return the files that a Kaldi script file lists.

    Args:
        scp: File with lines ``<id> <path>``, or ``<id> <path>:<offset>`` for archives.

    Returns:
        Files by id; without lines that contain a command (``cmd |``).
    """
    return {name: Path(place) for name, place in _rows_of_scp(scp)}
