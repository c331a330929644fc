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
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from espnet2.gen_audio.files.atomic_file import write_json
from espnet2.gen_audio.recipe.content_digests import ContentDigests


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
        digests.forget_states()
        written = digests.of_paths(self.writes)
        stamp = {"reads": wanted, "writes": written} | self._code_digest()
        write_json(self.stamp(stamp_dir), stamp)

    def stamp(self, stamp_dir: Path) -> Path:
        """Return the path of this step's stamp; one per name and output."""
        place = hashlib.sha256("\0".join(map(os.fspath, self.writes)).encode())
        return stamp_dir / f"{self.name}.{place.hexdigest()[:8]}.json"
