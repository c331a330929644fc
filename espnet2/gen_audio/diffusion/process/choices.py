"""The table of diffusion processes: what ``--process`` may name."""

from typing import Any

from espnet2.train.class_choices import ClassChoices

from espnet2.gen_audio.diffusion.process.abs_process import AbsProcess
from espnet2.gen_audio.diffusion.process.variance_preserving import VariancePreserving

process_choices = ClassChoices(
    "process",
    classes={"variance_preserving": VariancePreserving},
    type_check=AbsProcess,
    default="variance_preserving",
)


def scheduler_of_any(name: str) -> Any:
    """Return a solver of a process that takes it, to check a request before loading.

    Args:
        name: As for ``AbsProcess.build_scheduler``.

    Returns:
        The scheduler of the first process in the table that takes it.

    Raises:
        ValueError: If none does.
    """
    refusals = []
    for process in process_choices.classes.values():
        try:
            return process().build_scheduler(name)
        except ValueError as error:
            refusals.append(error)
    raise ValueError(str(refusals[0])) from refusals[0]
