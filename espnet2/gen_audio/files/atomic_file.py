"""Atomic writing: a file is either complete or absent.

A job that is killed while writing must not leave a partial file that a later step
would use. Every file that a later step reads is therefore written under a hidden name
in the same folder, flushed to disk and then renamed.
"""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


@contextmanager
def atomic_path(path: str | Path, flush: bool = True) -> Iterator[Path]:
    """Yield a temporary path that becomes ``path`` when the block succeeds.

    The temporary file is in the same folder (so that renaming is atomic) and has the
    same suffix (for writers that depend on it). On an error the temporary file is
    removed, and an existing ``path`` is not changed.

    Args:
        path: Final file; its folder is created when missing.
        flush: Whether to wait for the disk, so that the file is complete even after a
            power cut; False for thousands of small files whose index is written last.

    Yields:
        The path to write to.

    Raises:
        OSError: If the file cannot be written; the error names the file.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".tmp-{os.getpid()}-{os.urandom(4).hex()}-{path.name}")
    try:
        yield temporary
        if flush:
            _flush_to_disk(temporary)
        os.replace(temporary, path)
    except OSError as error:
        # that of a full disk names no file, that of a folder in the way a hidden one
        if error.errno is not None and error.filename in (None, str(temporary)):
            error.filename = str(path)
        raise
    finally:
        temporary.unlink(missing_ok=True)


def write_text(path: str | Path, text: str) -> None:
    """Write a UTF-8 text file atomically.

    Args:
        path: File to write.
        text: Whole content, newline included.
    """
    with atomic_path(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")


def write_json(path: str | Path, content: Any) -> None:
    """Write a JSON file atomically, indented, keys in the given order.

    Args:
        path: File to write.
        content: Anything that JSON can hold; NaN and infinity are refused, because
            strict readers cannot load them.
    """
    text = json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False)
    write_text(path, text + "\n")


def _flush_to_disk(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
