"""What an encoder says of a clip, and digests of weights.

Shapes: N frames, D features, C classes.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np


@dataclass(frozen=True)
class Encoding:
    """What an encoder says of one clip.

    Args:
        embedding: Mean over its frames, (D,).
        class_scores: Logits, mean over its frames, (C,); None without classes.
        frames: The frames themselves, (N, D); None where there is one vector.
    """

    embedding: np.ndarray
    class_scores: np.ndarray | None = None
    frames: np.ndarray | None = None


def file_digest(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def folder_digest(path: Path) -> str:
    """Return one SHA-256 over the names and contents of a folder's own files."""
    digest = hashlib.sha256()
    for file in sorted(one for one in path.iterdir() if one.is_file()):
        digest.update(f"{file.name} {file_digest(file)}\n".encode())
    return digest.hexdigest()
