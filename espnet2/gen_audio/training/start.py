"""Validate a model before its first training step, as a baseline of the training.

For parts that start from trained ones (joint training, fine-tuning) it is the error
that training has to reduce; ESPnet's own log starts after the first epoch.
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
    """Validate an untrained or merely initialised model, once.

    Args:
        trainer: Class whose ``validate_one_epoch`` is used.
        model: The model.
        valid_iter_factory: Makes the batches of validation.
        options: Trainer options; ``output_dir`` gets ``before_training.json``.
        distributed_option: Place of this process among all; the first one writes.
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
