"""Repair the folder of a killed run from its checkpoint, before training resumes.

ESPnet saves an epoch in this order: checkpoint.pth; <N>epoch.pth; latest.pth and the
links to the best epochs, each unlinked and then linked; removal of epoch files outside
the n best. After a kill between these steps, ESPnet resumes after epoch N, but files or
links of this epoch are missing or outdated, and the final weights differ from those of
an uninterrupted run. All these files can be computed from the checkpoint, which is
replaced atomically, so they are written again here. If the checkpoint is damaged, the
checkpoint of the epoch before is used (``previous_epoch``).
"""

import logging
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from espnet2.main_funcs.average_nbest_models import average_nbest_models
from espnet2.train.reporter import Reporter

from espnet2.gen_audio.checkpoint.strict_fit import refuse_misfit
from espnet2.gen_audio.files.tensor_file import load_tensors
from espnet2.gen_audio.training.plain_state import revive
from espnet2.gen_audio.training.previous_epoch import (
    CHECKPOINT,
    DAMAGED,
    PREVIOUS,
    load_whole_checkpoint,
)

LEFTOVERS = (".tmp-*.pth", f".tmp-*-{DAMAGED}")  # temporary files of files.atomic_file


def read_reporter(checkpoint: dict[str, Any]) -> Reporter:
    """Return the reporter in a checkpoint.

    Args:
        checkpoint: Loaded checkpoint.

    Returns:
        Reporter with the values of all epochs so far.
    """
    reporter = Reporter()
    reporter.load_state_dict(revive(checkpoint["reporter"]))
    return reporter


def load_states(
    checkpoint: str | Path, model: torch.nn.Module, strict: bool
) -> dict[str, Any]:
    """Load a checkpoint and give a model its weights; every name must fit.

    Args:
        checkpoint: File to load.
        model: Gets the weights.
        strict: False when ESPnet's adapters leave weights out.

    Returns:
        The checkpoint.
    """
    states = load_tensors(checkpoint)
    if strict:
        remedy = "go on with the config and the toolkit that wrote it"
        refuse_misfit(model.state_dict(), states["model"], checkpoint, remedy=remedy)
    model.load_state_dict(states["model"], strict=strict)
    return states


def nbest_counts(options: Any) -> list[int]:
    """Return ``keep_nbest_models`` as a list, as in ESPnet's trainer.

    Args:
        options: Trainer options.

    Returns:
        One or more counts.
    """
    keep = options.keep_nbest_models
    return [keep] if isinstance(keep, int) else list(keep) or [1]


def restore_epoch(output_dir: Path, options: Any) -> Reporter | None:
    """Restore the folder to its state after the last epoch was completely saved.

    Args:
        output_dir: Folder of the experiment.
        options: Trainer options.

    Returns:
        The reporter of the checkpoint; None if no epoch was saved.

    Raises:
        ValueError: If no complete checkpoint is there, or a needed epoch file is
            missing.
    """
    _remove_leftovers(output_dir)
    checkpoint = load_whole_checkpoint(output_dir)
    if checkpoint is None:
        return None
    reporter = read_reporter(checkpoint)
    epoch = reporter.get_epoch()
    _restore_weights(output_dir, epoch, checkpoint["model"])
    del checkpoint
    keep = {epoch} | _link_best(output_dir, reporter, options)
    _link(output_dir / "latest.pth", f"{epoch}epoch.pth")
    _refuse_missing(output_dir, keep)
    interval = options.nbest_averaging_interval
    if interval > 0 and epoch % interval == 0:
        _average_again(output_dir, reporter, options, f"till{epoch}epoch")
    for past in set(range(1, epoch)) - keep:
        (output_dir / f"{past}epoch.pth").unlink(missing_ok=True)
    logging.info("%s resumes after epoch %d", output_dir, epoch)
    return reporter


def stopped_early(reporter: Reporter, options: Any) -> bool:
    """Return whether ``patience`` had ended the run; 202511 would train one more epoch.

    Args:
        reporter: Reporter of the last epoch.
        options: Trainer options.

    Returns:
        True if no epoch should follow.
    """
    if options.patience is None:
        return False
    criterion = options.early_stopping_criterion
    if not reporter.has(*criterion[:2]):
        return False
    return reporter.check_early_stopping(options.patience, *criterion)


def _remove_leftovers(output_dir: Path) -> None:
    """Remove incomplete files of a killed save."""
    for folder in (output_dir, output_dir / PREVIOUS):
        for pattern in LEFTOVERS:
            for path in folder.glob(pattern):
                path.unlink()


def _link_best(output_dir: Path, reporter: Reporter, options: Any) -> set[int]:
    """Link the best epoch of each criterion; return the epochs to keep."""
    keep: set[int] = set()
    for phase, key, mode in options.best_model_criterion:
        if reporter.has(phase, key):
            order = reporter.sort_epochs(phase, key, mode)
            _link(output_dir / f"{phase}.{key}.best.pth", f"{order[0]}epoch.pth")
            keep.update(order[: max(nbest_counts(options))])
    return keep


def _refuse_missing(output_dir: Path, keep: set[int]) -> None:
    """Raise an error if the file of an epoch to keep is missing."""
    for needed in sorted(keep):
        if not (output_dir / f"{needed}epoch.pth").exists():
            raise ValueError(
                f"{output_dir}/{needed}epoch.pth is one of the best epochs but gone, "
                "perhaps removed with a smaller keep_nbest_models or another "
                "best_model_criterion: resume with those of the earlier run (in its "
                f"config.yaml), or remove {output_dir} and train this part again"
            )


def _restore_weights(output_dir: Path, epoch: int, state: dict[str, Any]) -> None:
    """Write the file of the epoch, unless it is newer than the checkpoint."""
    path, checkpoint = output_dir / f"{epoch}epoch.pth", output_dir / CHECKPOINT
    if path.exists() and path.stat().st_mtime_ns >= checkpoint.stat().st_mtime_ns:
        return
    logging.info("%s was not saved before the run ended; writing it", path)
    torch.save(state, path)


def _link(path: Path, target: str) -> None:
    """Make ``path`` a link to ``target`` atomically."""
    if path.is_symlink() and os.readlink(path) == target:
        return
    temporary = path.with_name(f".tmp-{os.getpid()}-link-{path.name}")
    temporary.unlink(missing_ok=True)
    temporary.symlink_to(target)
    os.replace(temporary, path)


def _average_again(
    output_dir: Path, reporter: Reporter, options: Any, suffix: str
) -> None:
    """Average the best epochs as ESPnet does at every ``nbest_averaging_interval``."""
    average_nbest_models(
        output_dir=output_dir,
        reporter=reporter,
        best_model_criterion=options.best_model_criterion,
        nbest=nbest_counts(options),
        suffix=suffix,
    )


def check_averaging(
    state: dict[str, torch.Tensor], counts: Sequence[int], criteria: int, version: str
) -> None:
    """Refuse averages over epochs that ESPnet would compute wrongly.

    Args:
        state: The model's state.
        counts: ``keep_nbest_models`` as a list.
        criteria: Number of ``best_model_criterion``.
        version: ESPnet's version.

    Raises:
        ValueError: If ESPnet would sum integers, or average sums again.
    """
    averages = criteria * sum(n > 1 for n in counts)
    if averages == 0:
        return
    for name, weight in state.items():
        counter = name.endswith("num_batches_tracked")  # not used after training
        if not weight.is_floating_point() and not counter:
            raise ValueError(
                f"keep_nbest_models {max(counts)} averages epochs, but {name} has type "
                f"{weight.dtype}, which ESPnet sums; set keep_nbest_models to 1"
            )
    if averages > 1 and version.split(".")[0] < "202611":
        raise ValueError(
            f"ESPnet {version} computes only the first of {averages} averages right; "
            "give one best_model_criterion and one keep_nbest_models"
        )
