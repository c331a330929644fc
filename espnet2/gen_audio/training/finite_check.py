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
    """The batches of an epoch; remembers the ids of the current batch.

    Args:
        batches: ESPnet's pairs of ids and data. Some loops of ESPnet do not pass the
            ids to the model.
    """

    def __init__(self, batches: Any):
        self.batches = batches
        self.current: Sequence[str] = ()

    def __len__(self) -> int:
        """Return the number of batches."""
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
    """Inside the context, raise an error at the first loss that is not finite.

    Args:
        model: An ESPnet model of any part, perhaps wrapped for several processes.
        batches: Batches of the model's inputs.
        phase: ``train`` or ``valid``, for the message.
        epoch: Epoch, for the message.

    Yields:
        Nothing.

    Raises:
        RuntimeError: If a loss is not finite; the message names the clips of its batch.
    """

    def _refuse(_: torch.nn.Module, args: tuple, output: Any) -> None:
        loss = output["loss"] if isinstance(output, Mapping) else output[0]
        bad, message = loss.detach()[~torch.isfinite(loss)], None
        if bad.numel():
            message = (
                f"{phase} loss is {bad.flatten()[0].item()} in epoch {epoch}; the last "
                "good epoch is kept; lower the learning rate, or check sounds and "
                "captions of the batch and remove the clip that is wrong: "
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
        wanted: Names that must be finite in every step; other names are refused only if
            infinite, because ESPnet writes NaN for values that a model did not report.

    Raises:
        RuntimeError: If a value is refused; the message has its name, its step and a
            remedy.
    """
    for name, values in reporter.stats.items():
        strict = name in wanted or name == "loss" or name.endswith("_loss")
        for step, reported in enumerate(values, 1):
            weight = getattr(reported, "weight", None)
            if weight is None or weight == 0:
                continue  # times and rates, or a NaN that ESPnet has filled in
            if math.isinf(reported.value) or (strict and math.isnan(reported.value)):
                raise RuntimeError(
                    f"{reporter.key} {name} is {reported.value} in step {step} of "
                    f"epoch {reporter.get_epoch()}; lower the learning rate or check "
                    "the data; the last good epoch is kept"
                )


def check_parameters(model: torch.nn.Module, epoch: int) -> None:
    """Refuse weights that are not finite.

    Args:
        model: Model after an epoch.
        epoch: Epoch, for the message.

    Raises:
        RuntimeError: If a weight is not finite; the message names it.
    """
    for name, weight in model.named_parameters():
        if not torch.isfinite(weight).all():
            raise RuntimeError(
                f"weight {name} is not finite after epoch {epoch}; lower the learning "
                "rate or set grad_clip above 0; the last good epoch is kept"
            )
