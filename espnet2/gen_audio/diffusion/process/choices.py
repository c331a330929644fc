"""The table of diffusion processes: values of ``--process``."""

from typing import Any

from espnet2.train.class_choices import ClassChoices

from espnet2.gen_audio.diffusion.process.abs_process import AbsProcess
from espnet2.gen_audio.diffusion.process.betas_as_flow import BetasAsFlow
from espnet2.gen_audio.diffusion.process.rectified_flow import RectifiedFlow
from espnet2.gen_audio.diffusion.process.variance_preserving import VariancePreserving

process_choices = ClassChoices(
    "process",
    classes={
        "variance_preserving": VariancePreserving,
        "rectified_flow": RectifiedFlow,
        "variance_preserving_flow": BetasAsFlow,
    },
    type_check=AbsProcess,
    default="variance_preserving",
)


def scheduler_of_any(name: str) -> Any:
    """Build a solver by name, before a model with its process is loaded.

    It is used to check a request early.

    Args:
        name: See ``AbsProcess.build_scheduler``.

    Returns:
        The scheduler of the first process in the table that accepts the name.

    Raises:
        ValueError: If no process accepts the name.
    """
    refusals = []
    for process in process_choices.classes.values():
        try:
            return process().build_scheduler(name)
        except ValueError as error:
            refusals.append(error)
    raise ValueError(str(refusals[0])) from refusals[0]
