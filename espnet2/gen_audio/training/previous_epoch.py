"""Keep two checkpoints: of the last epoch, and of the epoch before it.

``previous/`` of an experiment contains the checkpoint and the epoch files of the epoch
before the last. Files of both epochs are hard links, if the file system has them, and
need no additional space. If the last checkpoint is damaged, training continues from the
epoch before. Since the random numbers of an epoch depend on its number only, the result
equals that of an uninterrupted training.
"""

import logging
import os
import shutil
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from espnet2.gen_audio.files.atomic_file import atomic_path
from espnet2.gen_audio.files.tensor_file import load_tensors

CHECKPOINT = "checkpoint.pth"
PREVIOUS = "previous"
DAMAGED = (
    "checkpoint.damaged"  # a name without .pth, so that no command loads it as weights
)
_INCOMING = "incoming.pth"  # becomes previous/checkpoint.pth
_EPOCHS = "*epoch.pth"


@contextmanager
def previous_kept(folder: Path) -> Iterator[None]:
    """Keep the state of the last epoch while the context replaces its checkpoint.

    From the second epoch on, the folder always contains two different complete
    checkpoints, even after a kill.

    Args:
        folder: Folder of the experiment.

    Yields:
        Nothing.
    """
    if (folder / CHECKPOINT).exists():
        (folder / PREVIOUS).mkdir(exist_ok=True)
        for path in folder.glob(_EPOCHS):
            _duplicate(path, folder / PREVIOUS / path.name)
        _duplicate(folder / CHECKPOINT, folder / PREVIOUS / _INCOMING)
    yield
    settle_previous(folder)


def settle_previous(folder: Path) -> None:
    """Complete the work of ``previous_kept``, also after a kill.

    Args:
        folder: Folder of the experiment.
    """
    previous = folder / PREVIOUS
    incoming = previous / _INCOMING
    if not incoming.exists():
        return
    if _same(incoming, folder / CHECKPOINT):  # the context was not completed
        incoming.unlink()
        return
    # the epoch files still belong to the incoming checkpoint
    for path in previous.glob(_EPOCHS):
        if not (folder / path.name).exists():
            path.unlink()
    os.replace(incoming, previous / CHECKPOINT)


def load_whole_checkpoint(folder: Path) -> dict[str, Any] | None:
    """Load the last checkpoint; if it is damaged, go back to the epoch before it.

    To go back, the files of the last epoch are replaced by those of the epoch before;
    the damaged file is renamed to ``checkpoint.damaged``.

    Args:
        folder: Folder of the experiment.

    Returns:
        The checkpoint; None if no epoch was saved.

    Raises:
        ValueError: If both checkpoints are damaged or missing.
    """
    settle_previous(folder)
    last, kept = folder / CHECKPOINT, folder / PREVIOUS / CHECKPOINT
    if not last.exists() and not kept.exists():
        return None
    try:
        return _load_undamaged(last)
    except (ValueError, FileNotFoundError) as error:
        if not kept.exists():
            raise
        damage = f"{last} is missing" if isinstance(error, FileNotFoundError) else error
    try:
        checkpoint = _load_undamaged(kept)
    except ValueError as error:
        raise ValueError(
            f"{damage}; the checkpoint of the epoch before is, too: {error}; put "
            f"a copy of one of them back, or remove {folder} and train this part again"
        ) from error
    epoch = checkpoint["reporter"]["epoch"]
    _go_back(folder, epoch)
    logging.warning(
        "%s; training continues from the end of epoch %d, which was kept in %s",
        damage,
        epoch,
        kept.parent,
    )
    return checkpoint


def _load_undamaged(path: Path) -> dict[str, Any]:
    """Verify the check sums of all members of a checkpoint, then load it."""
    if zipfile.is_zipfile(path):  # torch does not verify them
        with zipfile.ZipFile(path) as archive:
            wrong = archive.testzip()
        if wrong is not None:
            raise ValueError(f"{path} is damaged ({wrong} has a wrong check sum)")
    checkpoint = load_tensors(path)
    missing = {"model", "reporter"} - checkpoint.keys()
    if missing:
        raise ValueError(
            f"{path} is no checkpoint of a training: it has no {sorted(missing)}, only "
            f"{sorted(map(str, checkpoint))[:9]}"
        )
    return checkpoint


def _go_back(folder: Path, epoch: int) -> None:
    """Make the kept epoch the last one; after a kill, a second call completes it.

    Args:
        folder: Folder of the experiment.
        epoch: The kept epoch.
    """
    for path in (folder / PREVIOUS).glob(_EPOCHS):
        _duplicate(path, folder / path.name)
    for path in folder.glob(_EPOCHS):
        number = path.name.removesuffix("epoch.pth")
        if number.isdecimal() and int(number) > epoch:
            path.unlink()
    last = folder / CHECKPOINT
    if last.exists():
        _duplicate(last, folder / DAMAGED)
    with atomic_path(last) as temporary:
        # a copy, no link: a disk error must not damage both
        shutil.copyfile(folder / PREVIOUS / CHECKPOINT, temporary)


def _duplicate(source: Path, target: Path) -> None:
    """Make a hard link to a file, or a copy if there are no hard links."""
    if _same(source, target):
        return
    with atomic_path(target, flush=False) as temporary:
        try:
            os.link(source, temporary)
        except OSError:  # FAT, some network file systems
            shutil.copy2(source, temporary)


def _same(one: Path, other: Path) -> bool:
    """Tell whether two names are one file, or one file is a copy of the other."""
    if not (one.exists() and other.exists()):
        return False
    a, b = one.stat(), other.stat()
    return os.path.samestat(a, b) or (
        (a.st_size, a.st_mtime_ns) == (b.st_size, b.st_mtime_ns)
    )
