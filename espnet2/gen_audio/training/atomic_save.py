"""Make ESPnet's saving atomic and its loading safe while its trainer runs.

ESPnet calls ``torch.save`` with the final name, so a killed training leaves a damaged
file. Inside ``atomic_saves`` the file is written under a temporary name in the same
folder, flushed to disk and renamed; ``previous_epoch`` keeps the checkpoint that is
replaced. ``restore`` completes the files of an epoch after a kill.
"""

import os
import pickle
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import torch

from espnet2.gen_audio.files.atomic_file import atomic_path
from espnet2.gen_audio.files.tensor_file import identify
from espnet2.gen_audio.training.plain_state import plain
from espnet2.gen_audio.training.previous_epoch import CHECKPOINT, previous_kept


@contextmanager
def atomic_saves() -> Iterator[None]:
    """Inside the context ``torch.save`` is atomic and ``torch.load`` runs no pickle.

    Yields:
        Nothing.
    """
    save, load = torch.save, torch.load
    torch.save, torch.load = _atomic(save, load), _tensors_only(load)
    try:
        yield
    finally:
        torch.save, torch.load = save, load


def _atomic(save: Callable[..., None], load: Callable[..., Any]) -> Callable[..., None]:
    """Return a ``save`` that writes a temporary file, then renames it."""

    def atomic_save(obj: Any, f: Any, *args: Any, **kwargs: Any) -> None:
        """Save to a temporary file, then rename it."""
        if not isinstance(f, (str, os.PathLike)):
            save(obj, f, *args, **kwargs)
            return
        path, keep = Path(f), nullcontext()
        is_checkpoint = path.name == CHECKPOINT
        if is_checkpoint:
            # the model's state needs no ``plain``: it has only tensors, and a copy
            # would lose its version numbers
            obj = {k: v if k == "model" else plain(v) for k, v in obj.items()}
            keep = previous_kept(path.parent)
        with keep, atomic_path(path) as temporary:
            save(obj, temporary, *args, **kwargs)
            if is_checkpoint:
                # detect now, and not after a kill, that a file cannot be loaded; mmap
                # leaves the tensors on disk
                load(temporary, map_location="cpu", weights_only=True, mmap=True)

    return atomic_save


def _tensors_only(load: Callable[..., Any]) -> Callable[..., Any]:
    """Return a ``load`` that refuses everything but tensors and plain values."""

    def safe_load(f: Any, *args: Any, **kwargs: Any) -> Any:
        """Load tensors and plain values, as ``torch.load`` does with ``weights_only``.

        Args:
            f: Path, or open file.
            *args: Arguments of ``torch.load``.
            **kwargs: Arguments of ``torch.load``.

        Returns:
            The saved object.

        Raises:
            ValueError: If a file is damaged, or holds anything else.
        """
        kwargs["weights_only"] = True
        if isinstance(f, (str, os.PathLike)):
            identify(f)  # refuses TorchScript archives, whose code torch would run
        try:
            return load(f, *args, **kwargs)
        except (pickle.UnpicklingError, EOFError, RuntimeError, OSError) as error:
            if not isinstance(f, (str, os.PathLike)):
                raise
            reason = next(iter(str(error).splitlines()), type(error).__name__)
            raise ValueError(
                f"{f} is damaged, or holds more than tensors and plain values, which "
                f"is never loaded ({reason}); put a copy back, or train in a new folder"
            ) from error

    return safe_load
