"""Turn the name of an encoder into the folder that holds its files.

A name has one of three forms: a folder, ``package:<package>/<folder>`` for weights
inside an installed Python package, and a Hugging Face name such as
``google/flan-t5-large``. A Hugging Face name is looked up in the local cache first, so
no network is needed once the files are there.
"""

import contextlib
import errno
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from espnet2.gen_audio.files.plain_json import read_json

PACKAGE_PREFIX = "package:"
# Tensors and tokenizers only: pickled weights are never downloaded or loaded.
_WANTED_FILES = ["*.json", "*.txt", "*.model", "*.safetensors"]
_NOT_WRITABLE = (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.ENOSPC)


def resolve_model(name: str) -> Path:
    """Find the folder of a pre-trained model.

    Args:
        name: A folder, ``package:<package>/<folder>`` or a Hugging Face name.

    Returns:
        The folder with ``config.json``, weights and tokenizer.

    Raises:
        FileNotFoundError: If there is no such folder or package.
        ValueError: If the folder holds no model, or the name is neither in the
            local cache nor reachable.
    """
    if name.startswith(PACKAGE_PREFIX):
        folder = _folder_in_package(name)
    elif Path(name).is_dir():
        folder = Path(name)
    elif name.startswith((".", "/", "~")) or name.count("/") != 1:
        raise FileNotFoundError(
            f"model {name!r} is not a folder; accepted are a folder, "
            "package:<package>/<folder>, or a Hugging Face name <owner>/<model>"
        )
    else:
        folder = _folder_of_hub_name(name)
    if not (folder / "config.json").is_file():
        raise ValueError(
            f"model folder {folder} has no config.json; give the folder that "
            "save_pretrained wrote"
        )
    return folder


def model_type(folder: Path) -> str:
    """Return the architecture of the model in a folder, for example ``t5`` or ``clap``.

    Args:
        folder: Folder that ``resolve_model`` returned.

    Returns:
        The value of ``model_type`` in its ``config.json``.

    Raises:
        ValueError: If ``config.json`` has no ``model_type``.
    """
    found = read_json(folder / "config.json").get("model_type")
    if not isinstance(found, str):
        raise ValueError(
            f"{folder / 'config.json'} has no text under the key model_type; give the "
            "folder of a transformers model"
        )
    return found


def _folder_in_package(name: str) -> Path:
    package, _, inside = name.removeprefix(PACKAGE_PREFIX).partition("/")
    spec = find_spec(package) if package.isidentifier() else None
    if spec is None or not spec.submodule_search_locations:
        raise FileNotFoundError(
            f"model {name!r} needs the Python package {package!r}, which is not "
            "installed; run tools/setup_env.sh, or give a folder"
        )
    for root in spec.submodule_search_locations:
        if (Path(root) / inside).is_dir():
            return Path(root) / inside
    raise FileNotFoundError(
        f"the package {package!r} has no folder {inside!r}; check the name {name!r}"
    )


def _folder_of_hub_name(name: str) -> Path:
    from huggingface_hub import constants, snapshot_download

    try:
        return Path(snapshot_download(name, local_files_only=True))
    except (OSError, ValueError):
        pass  # not in the cache: try the hub
    try:
        return Path(snapshot_download(name, allow_patterns=_WANTED_FILES))
    except Exception as error:  # the hub's client has many error classes
        if isinstance(error, OSError) and error.errno in _NOT_WRITABLE:
            raise ValueError(
                f"model {name!r} cannot be stored in {constants.HF_HUB_CACHE} "
                f"({error.strerror}); set HF_HOME to a folder that you can write, or "
                "give the folder of the model"
            ) from error
        raise ValueError(
            f"model {name!r} is not in the local cache and could not be fetched "
            f"({type(error).__name__}); copy it to this machine and give its folder"
        ) from error


@contextlib.contextmanager
def library_refusals(folder: str | Path) -> Iterator[None]:
    """Name the folder of a model in what transformers raises for its files.

    Args:
        folder: The folder.

    Yields:
        Nothing.

    Raises:
        ValueError: In place of any error of a value in its files.
        OSError: Unchanged, if a file cannot be read.
        ImportError: Unchanged, if a library is missing.
        MemoryError: Unchanged.
    """
    try:
        yield
    except (OSError, ImportError, MemoryError):
        raise
    except Exception as error:  # transformers raises many errors for odd values
        reason = " ".join(str(error).split())[:200]
        raise ValueError(
            f"{folder}: transformers cannot read its files ({reason}); give the folder "
            "of a whole model"
        ) from error
