"""The fields of the page: each is an option of the command, with its name and help."""

import argparse
from dataclasses import dataclass

from espnet2.gen_audio.generation_options.checks import READS
from espnet2.gen_audio.pipeline.options import QUICK
from espnet2.gen_audio.pipeline.system import System

_READ_BY_SOME = {option for options in READS.values() for option in options}


@dataclass(frozen=True)
class Field:
    """A field.

    Attributes:
        option: Name of the option, without dashes.
        form: ``text`` (numbers too, so that the command's own reader refuses them),
            ``choice``, ``flag``, ``sound`` or ``spans`` (lines of two numbers).
        is_further: Whether it is among the further options, which are folded.
    """

    option: str
    form: str = "text"
    is_further: bool = False

    @property
    def title(self) -> str:
        """The name of the option in words."""
        return self.option.replace("_", " ")


FIELDS = (
    Field("prompt"),
    Field("transcript"),
    Field("task", "choice"),
    Field("source", "sound"),
    Field("span", "spans"),
    Field("source_transcript"),
    Field("strength"),
    Field("cut"),
    Field("seconds"),
    Field("preset", "choice"),
    Field("seed"),
    Field("negative_prompt", is_further=True),
    Field("guidance_scale", is_further=True),
    Field("scheduler", is_further=True),
    Field("steps", is_further=True),
    Field("eta", is_further=True),
    Field("fade", is_further=True),
    Field("loa_only", "flag", is_further=True),
    Field("phonemes", is_further=True),
    Field("candidates", is_further=True),
)


def served_fields(system: System) -> tuple[Field, ...]:
    """Return the fields that a system can serve.

    Args:
        system: The parts.

    Returns:
        The fields, in the order of the page.
    """
    lacking: set[str] = set()
    if not system.specification.reads_phonemes:
        lacking |= {"transcript", "source_transcript", "phonemes"}
    if not system.reads_sounds:
        lacking.add("loa_only")
    if system.ranking is None:
        lacking.add("candidates")
    if system.behaviour.negative_loa == "refused":
        lacking.add("negative_prompt")
    return tuple(field for field in FIELDS if field.option not in lacking)


def served_choices(action: argparse.Action, system: System) -> list[str]:
    """Return the choices of an option that a system can serve.

    Args:
        action: The option.
        system: The parts.

    Returns:
        The choices, in the order of the command.
    """
    lacking: set[str] = set()
    if not system.reads_sounds:
        lacking.add("audio_prompt")
    if system.parts.student is None:
        lacking.update(QUICK)
    return [choice for choice in action.choices or () if choice not in lacking]


def is_shown(option: str, task: str) -> bool:
    """Tell whether a field is shown when a task is chosen.

    Args:
        option: Name of the option.
        task: Name of the task.

    Returns:
        Whether the task reads the option.
    """
    if option == "source":
        return task != "text_to_audio"
    if option == "span":
        return task == "inpainting"
    if option == "source_transcript":
        return task == "continuation"
    return option not in _READ_BY_SOME or option in READS[task]
