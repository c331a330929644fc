"""Validate a model before its first training step, as a baseline of the training.

If a part starts from trained weights (joint training, fine-tuning), this is the error
that training has to reduce. ESPnet's own log starts after the first epoch.
"""

from pathlib import Path
from typing import Any

import torch
from espnet2.iterators.abs_iter_factory import AbsIterFactory
from espnet2.train.distributed_utils import DistributedOption
from espnet2.train.reporter import SubReporter, aggregate

from espnet2.gen_audio.files.atomic_file import write_json
from espnet2.gen_audio.ranks import by_first_rank, own_rank
from espnet2.gen_audio.training.previous_epoch import CHECKPOINT

START = "before_training.json"


def measure_start(
    trainer: Any,
    model: torch.nn.Module,
    valid_iter_factory: AbsIterFactory,
    options: Any,
    distributed_option: DistributedOption,
) -> None:
    """Validate an initialised model once, before training.

    Args:
        trainer: Class with ``validate_one_epoch``.
        model: The model.
        valid_iter_factory: Factory of the batches of validation.
        options: Trainer options; ``before_training.json`` is written to ``output_dir``.
        distributed_option: Distributed options; the first process writes the file.
    """
    folder = Path(options.output_dir)
    made = (folder / CHECKPOINT, folder / START)
    if by_first_rank(lambda: any(path.exists() for path in made)):
        return
    reporter = SubReporter("valid", epoch=0, total_count=0)
    trainer.validate_one_epoch(
        model=model,
        iterator=valid_iter_factory.build_iter(1),
        reporter=reporter,
        options=options,
        distributed_option=distributed_option,
    )
    values = {name: float(aggregate(found)) for name, found in reporter.stats.items()}
    if own_rank() == 0:
        write_json(folder / START, values)
