"""Stop training at values that are not finite, before anything is saved.

ESPnet leaves such values out of its averages, skips the step and, if all steps were
skipped, ends with a warning and exit status 0.
"""

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from espnet2.train.reporter import SubReporter

from espnet2.gen_audio.ranks import raise_on_every_rank


class BatchIds:
    """Batches of an epoch, and the ids of the one that was given out last.

    Args:
        batches: ESPnet's pairs of ids and data; not every loop of ESPnet hands the ids
            to the model.
    """

    def __init__(self, batches: Any):
        self.batches = batches
        self.current: Sequence[str] = ()

    def __len__(self) -> int:
        """Return the number of batches, where it is known."""
        return len(self.batches)

    def __iter__(self) -> Iterator[tuple[list[str], dict[str, torch.Tensor]]]:
        """Yield the batches."""
        for ids, batch in self.batches:
            self.current = ids
            yield ids, batch


@contextmanager
def losses_watched(
    model: torch.nn.Module, batches: BatchIds, phase: str, epoch: int
) -> Iterator[None]:
    """Within the block the model's first loss that is not finite stops the work.

    Args:
        model: An ESPnet model of any part, perhaps wrapped for several processes.
        batches: What the model is called with.
        phase: ``train`` or ``valid``, for the message.
        epoch: For the message.

    Yields:
        Nothing.

    Raises:
        RuntimeError: If a loss is not finite; names the clips of its batch.
    """

    def _refuse(_: torch.nn.Module, args: tuple, output: Any) -> None:
        loss = output["loss"] if isinstance(output, Mapping) else output[0]
        bad, message = loss.detach()[~torch.isfinite(loss)], None
        if bad.numel():
            message = (
                f"{phase} loss is {bad.flatten()[0].item()} in epoch {epoch}; the last "
                "good epoch is kept; lower the learning rate, or look at sounds and "
                "captions of the batch and leave out the clip that is wrong: "
                + " ".join(batches.current)
            )
        raise_on_every_rank(message, loss.device)

    handle = model.register_forward_hook(_refuse)
    try:
        yield
    finally:
        handle.remove()


def check_stats(reporter: SubReporter, wanted: Collection[str]) -> None:
    """Refuse an epoch in which a value was not finite.

    Args:
        reporter: One phase of one epoch with the values of every step.
        wanted: Names that must be finite in every step; of all others infinity only
            is refused, because ESPnet writes NaN for what a model left out.

    Raises:
        RuntimeError: If a value is refused; says which, when, and what to do.
    """
    for name, values in reporter.stats.items():
        strict = name in wanted or name == "loss" or name.endswith("_loss")
        for step, reported in enumerate(values, 1):
            weight = getattr(reported, "weight", None)
            if weight is None or weight == 0:
                continue  # times and rates; or filled in by ESPnet for a step
            if math.isinf(reported.value) or (strict and math.isnan(reported.value)):
                raise RuntimeError(
                    f"{reporter.key} {name} is {reported.value} in step {step} of "
                    f"epoch {reporter.get_epoch()}; lower the learning rate or look "
                    "at the data; the last good epoch is kept"
                )


def check_parameters(model: torch.nn.Module, epoch: int) -> None:
    """Refuse weights that are not finite.

    Args:
        model: Model after an epoch.
        epoch: For the message.

    Raises:
        RuntimeError: If a weight is not finite; names it.
    """
    for name, weight in model.named_parameters():
        if not torch.isfinite(weight).all():
            raise RuntimeError(
                f"weight {name} is not finite after epoch {epoch}; lower the learning "
                "rate or set grad_clip above 0; the last good epoch is kept"
            )
