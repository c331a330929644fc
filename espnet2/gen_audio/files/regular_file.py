"""Only regular files are read: a pipe or a device may never end."""

import os
import stat
from pathlib import Path

_MIB = 1 << 20
WHOLE = 64 * _MIB  # most bytes of a small file that is read as a whole
_KINDS = {
    stat.S_IFIFO: "a pipe",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFSOCK: "a socket",
}


def regular(path: str | Path, most: int | None = None) -> Path:
    """Return a path, unless a pipe, device or socket is there, or a file too large.

    What is missing, and a folder, is left to the reader to report.

    Args:
        path: A path that a user gave, or that stands in a file.
        most: Bytes that the file may have; any number if None.

    Returns:
        The path.

    Raises:
        ValueError: If something else than a regular file is there, or it is larger.
    """
    path = Path(path)
    try:
        found = os.stat(path)
    except OSError:
        return path
    kind = _KINDS.get(stat.S_IFMT(found.st_mode))
    if kind:
        raise ValueError(
            f"{path} is {kind}, which may never end; copy its content into a file and "
            "give that"
        )
    if most is not None and stat.S_ISREG(found.st_mode) and found.st_size > most:
        raise ValueError(
            f"{path} has {found.st_size} bytes, where at most {most // _MIB} MiB are "
            "read; is it the right file?"
        )
    return path
