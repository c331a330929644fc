"""Write an archive of matrices with its index and shapes, in ESPnet's form."""

import logging
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from espnet2.gen_audio.compat import MatrixWriter
from espnet2.gen_audio.files.atomic_file import write_text
from espnet2.gen_audio.files.progress import progress


def write_matrices(
    folder: Path,
    name: str,
    matrices: Iterable[tuple[str, np.ndarray]],
    count: int,
    bits: int = 32,
) -> None:
    """Write ``NAME.ark`` (if large, ``NAME.1.ark`` too), ``NAME.scp``, ``NAME_shape``.

    Args:
        folder: Folder for these files.
        name: Name of the stream.
        matrices: Pairs of the id and the matrix of each clip, (rows, columns).
        count: Number of matrices, for the log.
        bits: Bits of a number, see ``MatrixWriter``.
    """
    shapes = []
    scp = folder / f"{name}.scp"
    with MatrixWriter(scp.with_suffix(".ark"), scp, bits) as writer:
        for clip, matrix in progress(matrices, count, f"dump_{name}"):
            writer[clip] = matrix
            shapes.append(f"{clip} {matrix.shape[0]},{matrix.shape[1]}\n")
    write_text(folder / f"{name}_shape", "".join(shapes))
    logging.info("dump_%s: %d matrices are in %s", name, count, scp)
