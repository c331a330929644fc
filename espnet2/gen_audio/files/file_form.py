"""What a file is, decided by its content: weights, code, an archive or none of them."""

import enum
import os
import struct
import zipfile
from pathlib import Path

from espnet2.gen_audio.files.archive_members import is_tar
from espnet2.gen_audio.files.bounded_file import BoundedFile
from espnet2.gen_audio.files.regular_file import regular

ARCHIVE_INDEX = "meta.yaml"  # the member by which an archive of ESPnet is known
_ZIP = b"PK\x03\x04"
_PICKLE = b"\x80"
# last records of a zip: mark, size and begin of the list of members; the last has no
# comment, and in large files two further ones stand before it
_END = struct.Struct("<4s8xLL2x")
_LOCATOR = struct.Struct("<4s4xQ4x")
_END64 = struct.Struct("<4s36xQQ")


class Form(enum.Enum):
    """What a file is; the values complete the sentence 'the file is ...'."""

    SAFETENSORS = "a safetensors file"
    TORCH_ZIP = "a file that torch.save wrote"
    TORCH_PICKLE = "a file that torch.save wrote in its older format"
    TORCHSCRIPT = "a TorchScript archive"
    ARCHIVE = "a packed archive"
    OTHER = "no file of tensors"


def form_of(path: Path | str) -> Form:
    """Tell what a file is, from its content alone.

    Args:
        path: A file; its name and ending do not count.

    Returns:
        Its form; ``Form.OTHER`` also where it is damaged.

    Raises:
        ValueError: If it is a pipe or a device.
    """
    path = regular(path)
    with path.open("rb") as file:
        start = file.read(9)
    if start.startswith(_ZIP):
        return _form_of_zip(path)
    # first, because the length of a header may have the byte that begins a pickle
    header = int.from_bytes(start[:8], "little")
    if start[8:] == b"{" and header <= path.stat().st_size - 8:
        return Form.SAFETENSORS
    if is_tar(path):  # torch would open one before it looks for a pickle
        return Form.ARCHIVE
    return Form.TORCH_PICKLE if start.startswith(_PICKLE) else Form.OTHER


def _form_of_zip(path: Path) -> Form:
    try:
        with BoundedFile(path) as file, zipfile.ZipFile(file) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, struct.error):
        return Form.OTHER
    # torch writes all members into one folder
    inner = {name.partition("/")[2] for name in names}
    if "constants.pkl" in inner or any(name.startswith("code/") for name in inner):
        return Form.TORCHSCRIPT
    if ARCHIVE_INDEX in names:
        return Form.ARCHIVE
    return Form.TORCH_ZIP if "data.pkl" in inner and _ends_plainly(path) else Form.OTHER


def _ends_plainly(path: Path) -> bool:
    """Tell whether the list of a zip's members ends where its last record begins.

    Where it does not, readers disagree on which list is meant: zipfile may see tensors
    where torch's own reader sees code.
    """
    with path.open("rb") as file:
        end = file.seek(0, os.SEEK_END) - _END.size
        file.seek(max(end - _LOCATOR.size, 0))
        tail = file.read()
        magic, size, begin = _END.unpack(tail[-_END.size :])
        if magic != b"PK\5\6":
            return False
        if tail.startswith(b"PK\6\7"):
            _, place = _LOCATOR.unpack(tail[: _LOCATOR.size])
            file.seek(place)
            magic, size, begin = _END64.unpack(file.read(_END64.size))
            if magic != b"PK\6\6" or place + _END64.size != end - _LOCATOR.size:
                return False
            end = place
    return begin + size == end
