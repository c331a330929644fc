"""Stop training at values that are not finite, before anything is saved.

ESPnet leaves such values out of its averages, skips the step and, if all steps were
skipped, ends with a warning and exit status 0.
"""

import math
from collections.abc import Collection

import torch
from espnet2.train.reporter import SubReporter


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
