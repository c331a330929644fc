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


class MatrixWriter:
    """Write matrices to a Kaldi archive and its index, both complete or absent.

    Both files are written under temporary names and renamed when the ``with`` block
    ends without an error. An old index is removed before its archive is replaced, so an
    existing index always fits its archive.

    Args:
        ark_path: Archive to write.
        scp_path: Index to write: lines ``<utt_id> <ark_path>:<offset>``.
    """

    def __init__(self, ark_path: Path | str, scp_path: Path | str):
        self.ark_path = Path(ark_path)
        self.scp_path = Path(scp_path)
        self._ark_temporary = _temporary(self.ark_path)
        self._scp_temporary = _temporary(self.scp_path)
        self._written: set[str] = set()

    def __enter__(self) -> "MatrixWriter":
        """Open both files."""
        self.ark_path.parent.mkdir(parents=True, exist_ok=True)
        self.scp_path.parent.mkdir(parents=True, exist_ok=True)
        self._ark = self._ark_temporary.open("wb")
        self._scp = self._scp_temporary.open("w", encoding="utf-8")
        return self

    def __setitem__(self, utt_id: str, matrix: np.ndarray) -> None:
        """Append one matrix.

        Args:
            utt_id: Id of the clip, unique in the archive, without white space.
            matrix: Finite numbers, stored as float32, (rows, columns).

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

        offset = self._ark.tell() + len(utt_id.encode("utf-8")) + 1
        kaldiio.save_ark(self._ark, {utt_id: matrix})
        self._scp.write(f"{utt_id} {self.ark_path}:{offset}\n")
        self._written.add(utt_id)

    def __exit__(self, kind: type | None, error: object, trace: object) -> None:
        """Rename both files to their places, or remove them after an error."""
        for handle in (self._ark, self._scp):
            if kind is None:
                handle.flush()
                os.fsync(handle.fileno())
            handle.close()
        if kind is None:
            self.scp_path.unlink(missing_ok=True)
            os.replace(self._ark_temporary, self.ark_path)
            os.replace(self._scp_temporary, self.scp_path)
        else:
            self._ark_temporary.unlink(missing_ok=True)
            self._scp_temporary.unlink(missing_ok=True)


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
