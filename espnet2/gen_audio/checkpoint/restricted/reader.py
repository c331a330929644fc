"""Read a checkpoint that holds more than tensors, without running any of it.

A training framework pickles its own objects beside the weights (callbacks, options,
loggers). These objects are dropped, and their classes are reported. ``torch.load`` is
not used: it would run code of a malicious file.
"""

from pathlib import Path
from typing import Any

from espnet2.gen_audio.checkpoint.restricted.storages import read_older, read_zip
from espnet2.gen_audio.checkpoint.restricted.unpickler import without_placeholders
from espnet2.gen_audio.files.file_form import Form
from espnet2.gen_audio.files.tensor_bounds import refuse_repeated
from espnet2.gen_audio.files.tensor_file import identify


def read_containers(path: Path | str) -> tuple[dict[str, Any], list[str]]:
    """Read tensors, numbers, strings and plain containers; execute nothing.

    Args:
        path: File written by ``torch.save``, in its zip or its older form.

    Returns:
        The saved dictionary without these objects, and the names of the classes and
        functions that were not built.

    Raises:
        ValueError: If the file is damaged, was not written by ``torch.save``, or holds
            no dictionary.
    """
    path = Path(path)
    form = identify(path, calls=False)
    read = {Form.TORCH_ZIP: read_zip, Form.TORCH_PICKLE: read_older}.get(form)
    if read is None:
        raise ValueError(
            f"{path} is {form.value}, not a file that torch.save wrote; give the "
            "checkpoint of a training"
        )
    skipped: set[str] = set()
    try:
        plain = without_placeholders(read(path, skipped))
    except Exception as error:
        # a damaged or malicious file may raise any error; none of its code has run
        reason = next(iter(str(error).split(". ")[0].splitlines()), repr(error))
        raise ValueError(
            f"{path} is damaged or no checkpoint of torch ({reason}); copy it again, "
            "or give a state dict"
        ) from error
    refuse_repeated(plain, path)
    if not isinstance(plain, dict):
        raise ValueError(
            f"{path} holds no dictionary of tensors; give a checkpoint or a state dict"
        )
    return plain, sorted(skipped)
