"""The only module that depends on the installed releases of ESPnet and libraries.

ESPnet 202511 and 202611 have some functions in different modules and write Kaldi
archives with different libraries. This module offers one form of these functions to the
plugin.
"""

import inspect
import os
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import IO

import numpy as np
import torch

from espnet2.gen_audio.files.matrix_index import check_matrix_index


def _toolkit_version() -> str:
    """Return the release of ESPnet, also of a checkout that was never installed."""
    try:
        return metadata.version("espnet")
    except metadata.PackageNotFoundError:
        import espnet2

        return getattr(espnet2, "__version__", "unknown")


TOOLKIT_VERSION: str = _toolkit_version()


MATRIX_BITS = (32, 16, 8)
SHARD_BYTES = 1 << 32  # a size that every file system and copying program can handle
_FEW_ROWS = 16


class MatrixWriter:
    """Write matrices to a Kaldi archive and its index, both complete or absent.

    All files are written under temporary names and renamed when the ``with`` block ends
    without an error. An old index is removed before its archive is replaced, so an
    existing index always fits its archive. Behind ``shard_bytes`` the archive goes on
    in another file, ``<name>.1.ark`` and so on.

    Args:
        ark_path: Archive to write.
        scp_path: Index to write: lines ``<utt_id> <ark_path>:<offset>``.
        bits: Bits of a number: 32 (float), 16 or 8 (Kaldi's compressed matrices: equal
            steps from the least number to the largest, for 8 bits in each column).
        shard_bytes: Size behind which no matrix is added to an archive.

    Raises:
        ValueError: If there is no form with so many bits.
    """

    def __init__(
        self,
        ark_path: Path | str,
        scp_path: Path | str,
        bits: int = 32,
        shard_bytes: int = SHARD_BYTES,
    ):
        if bits not in MATRIX_BITS:
            raise ValueError(f"bits {bits}: a number has {MATRIX_BITS} bits")
        self.ark_path = Path(ark_path)
        self.scp_path = Path(scp_path)
        self.bits, self.shard_bytes = bits, shard_bytes
        self._shards: list[Path] = []
        self._scp_temporary = _temporary(self.scp_path)
        self._written: set[str] = set()

    def __enter__(self) -> "MatrixWriter":
        """Open both files."""
        self.ark_path.parent.mkdir(parents=True, exist_ok=True)
        self.scp_path.parent.mkdir(parents=True, exist_ok=True)
        self._open_shard()
        self._scp = self._scp_temporary.open("w", encoding="utf-8")
        return self

    def __setitem__(self, utt_id: str, matrix: np.ndarray) -> None:
        """Append one matrix.

        Args:
            utt_id: Id of the clip, unique in the archive, without white space.
            matrix: Finite numbers of float32, (rows, columns).

        Raises:
            ValueError: If the id or the matrix does not have this form.
        """
        if not utt_id or len(utt_id.split()) != 1 or utt_id in self._written:
            raise ValueError(
                f"id {utt_id!r} for {self.ark_path} is empty, has white space or was "
                "written before; give every clip a different word"
            )
        matrix = np.asarray(matrix, dtype=np.float32)
        if matrix.ndim != 2 or 0 in matrix.shape:
            raise ValueError(
                f"{utt_id}: shape {matrix.shape} does not fit {self.ark_path}; a "
                "matrix (rows, columns) with at least one of each is needed"
            )
        if not np.isfinite(matrix).all():
            raise ValueError(
                f"{utt_id}: the matrix for {self.ark_path} has NaN or infinity; check "
                "the clip and the model that computed it"
            )
        import kaldiio

        if self._ark.tell() >= self.shard_bytes:
            _finish(self._ark)
            self._open_shard()
        offset = self._ark.tell() + len(utt_id.encode("utf-8")) + 1
        form = _compression(self.bits, len(matrix))
        kaldiio.save_ark(self._ark, {utt_id: matrix}, compression_method=form)
        self._scp.write(f"{utt_id} {self._shards[-1]}:{offset}\n")
        self._written.add(utt_id)

    def _open_shard(self) -> None:
        """Begin another archive."""
        number = f".{len(self._shards)}" if self._shards else ""
        name = f"{self.ark_path.stem}{number}{self.ark_path.suffix}"
        self._shards.append(self.ark_path.with_name(name))
        self._ark = _temporary(self._shards[-1]).open("wb")

    def __exit__(self, kind: type | None, error: object, trace: object) -> None:
        """Rename both files to their places, or remove them after an error."""
        for handle in (self._ark, self._scp):
            if kind is None:
                _finish(handle)
            handle.close()
        if kind is None:
            self.scp_path.unlink(missing_ok=True)
            for shard in self._shards:
                os.replace(_temporary(shard), shard)
            os.replace(self._scp_temporary, self.scp_path)
        else:
            for shard in self._shards:
                _temporary(shard).unlink(missing_ok=True)
            self._scp_temporary.unlink(missing_ok=True)


def _finish(handle: IO) -> None:
    """Close a file whose content is on the disk."""
    handle.flush()
    os.fsync(handle.fileno())
    handle.close()


def _compression(bits: int, rows: int) -> int | None:
    """Return kaldiio's number of a form of matrices.

    With 8 bits, every column has four numbers of its own; a matrix of few rows, where
    these would take as much as the rest, has one range.
    """
    if bits == 32:
        return None
    if bits == 16:
        return 3  # two bytes, one range
    return 2 if rows > _FEW_ROWS else 5


def _temporary(path: Path) -> Path:
    """Return a name beside ``path`` that no other process uses."""
    return path.with_name(f".{path.name}.{os.getpid()}.tmp")


def read_matrices(scp_path: Path | str) -> Mapping[str, np.ndarray]:
    """Return the matrices of an index; each is read at its access.

    Args:
        scp_path: Index that ``MatrixWriter`` wrote.

    Returns:
        Mapping from id to matrix, (rows, columns), in the order of the index.

    Raises:
        ValueError: If an entry is anything but an offset in an archive of numbers.
        FileNotFoundError: If the index or an archive does not exist.
    """
    import kaldiio

    check_matrix_index(scp_path)
    return kaldiio.load_scp(str(scp_path))


def autocast(
    device_type: str, enabled: bool = True, dtype: torch.dtype | None = None
) -> torch.autocast:
    """Return torch's context of mixed precision.

    Args:
        device_type: ``cpu`` or ``cuda``.
        enabled: Whether anything is cast at all.
        dtype: The low precision; torch's default for the device if None.

    Returns:
        A context manager that casts inside its ``with`` block.
    """
    return torch.autocast(device_type, dtype=dtype, enabled=enabled)


def has_fast_bfloat16() -> bool:
    """Return whether this CPU has arithmetic in bfloat16."""
    names = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
    return any(getattr(torch.cpu, name, bool)() for name in names)


def pipeline_language_model() -> str:
    """Return the class of GPT-2 that the installed AudioLDM2Pipeline calls.

    Newer releases of transformers have removed methods that the pipeline needs from
    ``GPT2Model``, so newer releases of diffusers call ``GPT2LMHeadModel``. Older
    releases of diffusers read an output that only ``GPT2Model`` has.
    """
    from diffusers import AudioLDM2Pipeline

    known = inspect.signature(AudioLDM2Pipeline.__init__).parameters
    return known["language_model"].annotation.__name__
